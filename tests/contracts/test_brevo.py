from typing import Any

import pytest
from api_description import ApiDescription
from said import said
from vendor_suite import VendorSuite

from activations.connectors.brevo import BrevoConnector, ContactOptions
from activations.contract import Options, Pending
from activations.outcomes import Accepted, Delivered, Skipped
from heddle.errors import StopSync


class TestBrevo(VendorSuite):
    vendor, connector_type, object = "brevo", BrevoConnector, "contact"
    config = {"key_env": "TOKEN"}
    description = ApiDescription("brevo/brevo_subset.openapi.json", strip="/v3")
    counts = False

    def options(self) -> Options:
        return ContactOptions()

    def fields(self, n: int) -> dict[str, object]:
        return {"email": f"Person{n}@mail.example", "FIRSTNAME": "Żółw", "ORDERS": n}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        contacts = self.sandbox.held("brevo", "contacts")
        return {key: dict(row) for key, row in contacts.items() if "a list" in row["lists"]}  # type: ignore[operator]

    def test_a_process_is_asked_later(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert isinstance(outcome, Accepted)
        assert isinstance(connector.poll(outcome.receipt, self.batch(0)), Pending)
        assert connector.poll(outcome.receipt, self.batch(0)).outcomes == {0: Delivered()}

    def test_nobody_who_opted_out_is_brought_back(self, connector: Any) -> None:
        self.send(connector, self.batch(0))
        assert not [call.body for call in self.sent if b"lacklist" in (call.body or b"")]

    def test_who_is_not_in_the_list_needs_no_removal(self, connector: Any) -> None:
        self.send(connector, self.batch(*range(200)))
        outcomes = self.send(connector, self.batch(*range(100, 260), action="remove"))
        assert {n for n, outcome in outcomes.items() if outcome == Skipped("not_in_the_list")} == set(range(200, 260))
        assert self.held(self.folder) == {f"k{n}" for n in range(100)}

    def test_a_failure_of_somebody_else_is_no_success(self, connector: Any) -> None:
        body = {"contacts": {"success": [], "failure": ["other@mail.example"]}}
        with pytest.raises(StopSync, match="not sent"):
            connector._left(self.batch(0, action="remove"), said(body, 201))

    def test_lists_are_found_on_later_pages(self, connector: Any) -> None:
        for n in range(120):
            self.sandbox.vendors["brevo"].shelves.put("lists", n, {"id": n, "name": f"other {n}"})
        assert connector._named("other 119") == 119


del VendorSuite
