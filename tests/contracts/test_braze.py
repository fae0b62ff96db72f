from dataclasses import replace
from typing import Any

import pytest
from api_description import ApiDescription
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations.connectors.braze import BrazeConnector, UserOptions
from activations.contract import CLEAR, Batch, Operation, Options
from activations.outcomes import Delivered, Rejected
from heddle.errors import StopSync


class TestBraze(VendorSuite):
    vendor, connector_type, object = "braze", BrazeConnector, "user"
    config = {"token_env": "TOKEN"}
    description = ApiDescription("braze/braze_subset.openapi.json")

    def options(self) -> Options:
        return UserOptions(audience_attribute="in_list")

    def fields(self, n: int) -> dict[str, object]:
        return {"external_id": f"k{n}", "email": f"Person{n}@mail.example", "orders": n}

    def who(self, n: int) -> str:
        return f"k{n}"

    def shelf(self) -> dict[str, dict[str, Any]]:
        """Those in the audience."""
        users = self.sandbox.held("braze", "users")
        return {key: dict(user) for key, user in users.items() if user.get("in_list")}

    def test_a_value_to_clear_is_sent_as_null_and_an_absent_one_is_not_sent(self, connector: Any) -> None:
        self.send(connector, self.batch(0))
        row = Operation(0, "change", "k0", {"external_id": "k0", "orders": CLEAR, "email": None})
        self.send(connector, Batch(self.target(), (row,)))
        user = self.sandbox.held("braze", "users")["k0"]
        assert "orders" not in user and user["email"] == "person0@mail.example"

    def test_who_left_is_kept_with_the_attribute_false_and_nobody_is_made_by_leaving(self, connector: Any) -> None:
        self.send(connector, self.batch(0))
        self.send(connector, self.batch(0, 1, action="remove"))
        assert self.sandbox.held("braze", "users")["k0"]["in_list"] is False
        assert "k1" not in self.sandbox.held("braze", "users")

    def test_deletion_goes_in_calls_of_fifty(self, connector: Any) -> None:
        self.send(connector, self.batch(*range(70)))
        target = replace(self.target(), on_leave="delete")
        rows = tuple(self.operation(n, "remove") for n in range(70))
        assert set(self.send(connector, Batch(target, rows)).values()) == {Delivered()}
        assert not self.sandbox.held("braze", "users")

    def test_an_error_that_names_no_row_is_no_success(self, connector: Any) -> None:
        for index in (None, 2, -1, "0"):
            with pytest.raises(StopSync, match="names no row"):
                connector.read(self.batch(0, 1), said({"message": "success", "errors": [{"index": index}]}, 201))

    def test_an_error_is_about_the_row_of_its_index(self, connector: Any) -> None:
        answer = said({"message": "success", "errors": [{"type": "'x' is wrong", "index": 1}]}, 201)
        assert connector.read(self.batch(0, 1), answer).outcomes == {
            0: Delivered(),
            1: Rejected("x_is_wrong", "'x' is wrong"),
        }

    def test_a_real_answer(self, connector: Any) -> None:
        recorded = next(e for e in answers("braze") if e["path"] == "/users/track")
        result = connector.read(self.batch(0), said(recorded["response"], recorded["status"], recorded["headers"]))
        assert result.outcomes == {0: Delivered()}
        deleted = next(e for e in answers("braze") if e["path"] == "/users/delete")
        batch = Batch(replace(self.target(), on_leave="delete"), (self.operation(0, "remove"),))
        assert connector.read(batch, said(deleted["response"], 201)).outcomes == {0: Delivered()}


del VendorSuite
