from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from said import said
from schema_description import SchemaDescription
from vendor_suite import VendorSuite

from activations.connectors.customerio import CustomerIoConnector, PersonOptions
from activations.contract import CLEAR, Batch, Operation, Options
from activations.outcomes import Delivered, Rejected
from heddle.errors import StopSync


class TestCustomerIo(VendorSuite):
    vendor, connector_type, object = "customerio", CustomerIoConnector, "person"
    config = {"site_id": "site", "key_env": "TOKEN"}
    description = SchemaDescription(
        "customerio/customer-io-track-api-openapi.json",
        path="/api/v2/batch",
        rows="batch",
        by="action",
        kinds=(("identify", "identify_person"), ("delete", "person_delete")),
    )
    counts = False

    def options(self) -> Options:
        return PersonOptions(audience_attribute="in_list")

    def fields(self, n: int) -> dict[str, object]:
        return {"id": f"k{n}", "email": f"Person{n}@mail.example", "orders": n}

    def who(self, n: int) -> str:
        return f"k{n}"

    def shelf(self) -> dict[str, dict[str, Any]]:
        people = self.sandbox.held("customerio", "people")
        return {key: dict(row) for key, row in people.items() if row.get("in_list")}

    def test_a_full_batch_is_taken_and_one_row_more_is_not(self, connector: Any) -> None:
        """The vendor limits bytes: 500 kB to a call, 32 kB to an object."""
        most = self.spec().limits.max_rows
        assert set(connector.send(self.batch(*range(most))).outcomes.values()) == {Delivered()}
        wide = Operation(0, "add", "k0", {"id": "k0", "a": "x" * 600_000})
        outcome = connector.send(Batch(self.target(), (wide,))).outcomes[0]
        assert isinstance(outcome, Rejected) and outcome.code == "http_413"

    @pytest.mark.parametrize("body", [{}, {"errors": [{"batch_index": 2}]}, {"errors": [{"reason": "x"}]}])
    def test_a_partial_success_that_does_not_say_which_is_none(self, connector: Any, body: object) -> None:
        with pytest.raises(StopSync, match="account"):
            connector.read(self.batch(0, 1), said(body, 207))

    def test_deletion_and_leaving_are_two_things(self, connector: Any) -> None:
        self.send(connector, self.batch(0, 1))
        self.send(connector, self.batch(0, action="remove"))
        assert self.sandbox.held("customerio", "people")["k0"]["in_list"] is False
        target = replace(self.target(), on_leave="delete")
        self.send(connector, Batch(target, (self.operation(1, "remove"),)))
        assert list(self.sandbox.held("customerio", "people")) == ["k0"]

    def test_moments_are_seconds_and_a_cleared_value_is_empty(self, connector: Any) -> None:
        moment = datetime.fromisoformat("2026-06-15T04:30:00")
        given = {"id": "k0", "at": moment, "on": date(2026, 6, 15), "gone": CLEAR, "none": None}
        person = connector.call(Batch(self.target(), (Operation(0, "add", "k0", given),))).json["batch"][0]
        assert person["attributes"] == {"at": 1781497800, "on": 1781481600, "gone": "", "in_list": True}


del VendorSuite
