from typing import Any

import pytest
from api_description import ApiDescription
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations.connectors.iterable import IterableConnector
from activations.contract import Action
from activations.outcomes import Delivered, Rejected
from heddle.errors import StopSync

DESCRIPTION = ApiDescription("iterable/iterable-subset.swagger.json")


class IterableSuite(VendorSuite):
    vendor, connector_type = "iterable", IterableConnector
    config = {"key_env": "TOKEN"}
    description = DESCRIPTION

    def who(self, n: int) -> str:
        return f"person{n}@mail.example" if n % 2 else f"k{n}"

    def identity(self, n: int) -> dict[str, object]:
        return {"email": f"Person{n}@mail.example"} if n % 2 else {"userId": f"k{n}"}


class TestUsers(IterableSuite):
    object = "user"
    actions: tuple[Action, ...] = ("add", "change")

    def fields(self, n: int) -> dict[str, object]:
        return {**self.identity(n), "orders": n, "city": "Łódź"}

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("iterable", "users"))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("reason", "retryable", "suppress"),
        [("forgotten", False, True), ("conflict", True, False), ("invalidData", False, False)],
    )
    def test_the_reason_says_what_to_do(self, connector: Any, reason: str, retryable: bool, suppress: bool) -> None:
        self.sandbox.vendors["iterable"].reason = reason  # type: ignore[attr-defined]
        with self.refusing(1)():
            outcome = self.send(connector, self.batch(0, 1, 2))[1]
        assert outcome == Rejected(reason, "", retryable, suppress=suppress)

    def test_failures_that_are_not_named_and_fields_that_are_dropped_are_counted(self, connector: Any) -> None:
        body = {"successCount": 1, "failCount": 1, "filteredOutFields": ["shoe_size"]}
        result = connector.read(self.batch(0, 1), said(body))
        assert set(result.outcomes.values()) == {Delivered()}
        assert result.unattributed == {"failed": 1, "field_dropped: shoe_size": 2}

    def test_counts_of_other_rows_are_no_success(self, connector: Any) -> None:
        with pytest.raises(StopSync, match="account"):
            connector.read(self.batch(0, 1), said({"successCount": 1, "failCount": 0}))

    def test_a_real_refusal_is_about_the_batch(self, connector: Any) -> None:
        recorded = next(e for e in answers("iterable") if e["status"] == 400)
        outcome = connector.refused(self.batch(0), said(recorded["response"], 400)).outcomes[0]
        assert outcome.scope == "batch" and "data types" in outcome.message


class TestListMembers(IterableSuite):
    object = "list_member"

    def fields(self, n: int) -> dict[str, object]:
        return self.identity(n)

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("iterable", "a list"))  # type: ignore[arg-type]

    def test_a_real_answer(self, connector: Any) -> None:
        recorded = next(e for e in answers("iterable") if e["path"] == "/api/lists/subscribe")
        assert connector.read(self.batch(0), said(recorded["response"])).outcomes == {0: Delivered()}


del VendorSuite, IterableSuite
