from typing import Any

import pytest
from api_description import ApiDescription
from connector_suite import Failure
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations.connectors.hubspot import ContactOptions, HubSpotConnector
from activations.contract import CLEAR, Batch, Operation, Options
from activations.outcomes import Delivered, Rejected, Skipped
from heddle.errors import RetryLater, StopSync

DESCRIPTION = ApiDescription("hubspot/contacts-v3.fixed.json hubspot/lists-v3.json")


class TestContacts(VendorSuite):
    vendor, connector_type, object = "hubspot", HubSpotConnector, "contact"
    config = {"token_env": "TOKEN"}
    description = DESCRIPTION
    actions = ("add", "change")
    counts = False

    def options(self) -> Options:
        return ContactOptions()

    def fields(self, n: int) -> dict[str, object]:
        return {"email": f"Person{n}@mail.example", "firstname": "Żółw", "orders": n, "vip": True}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("hubspot", "contacts"))  # type: ignore[arg-type]

    def rejects(self) -> list[tuple[Failure, bool]]:
        return [(self.refusing(1), False), (self.strictly(), False)]

    def strictly(self) -> Any:
        def refuse() -> Any:
            self.sandbox.vendors["hubspot"].strict = True  # type: ignore[attr-defined]
            return self.refusing(1)()

        return refuse

    def test_the_id_of_a_contact_is_kept(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert outcome.ids["id"] in self.shelf()

    def test_a_value_to_clear_is_an_empty_text(self, connector: Any) -> None:
        self.send(connector, self.batch(0))
        row = Operation(0, "change", "k0", {"email": self.who(0), "orders": CLEAR, "firstname": None})
        self.send(connector, Batch(self.target(), (row,)))
        (contact,) = self.shelf().values()
        assert "orders" not in contact["properties"] and contact["properties"]["firstname"] == "Żółw"

    @pytest.mark.parametrize(
        "body",
        [
            {"results": [{"id": "1", "objectWriteTraceId": "0"}]},
            {"results": [{"id": "1", "objectWriteTraceId": "0"}, {"id": "2", "objectWriteTraceId": "0"}]},
            {"results": [{"id": "1"}, {"id": "2"}]},
        ],
    )
    def test_an_answer_that_does_not_cover_the_rows_is_no_success(self, connector: Any, body: object) -> None:
        with pytest.raises(StopSync, match="account"):
            connector.read(self.batch(0, 1), said(body))

    def test_each_row_of_a_207_gets_the_error_that_names_it(self, connector: Any) -> None:
        errors = [
            {"category": "OTHER", "message": "x", "context": {"ids": ["y@mail.example"]}},
            {"category": "INVALID_EMAIL", "message": "person1@mail.example", "context": {"email": [self.who(1)]}},
        ]
        body = {"results": [{"id": "7", "objectWriteTraceId": "0"}], "numErrors": 2, "errors": errors}
        outcomes = connector.read(self.batch(0, 1), said(body, 207)).outcomes
        assert isinstance(outcomes[0], Delivered) and outcomes[0].ids == {"id": "7"}
        assert outcomes[1] == Rejected("INVALID_EMAIL", "<e-mail>")

    def test_the_daily_limit_is_waited_for_longer(self, connector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        body = {"policyName": "DAILY", "errorType": "RATE_LIMIT"}
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said(body, 429))
        with pytest.raises(RetryLater, match="daily") as caught:
            connector.send(self.batch(0))
        assert caught.value.after >= 3_600

    def test_a_real_refusal_is_about_the_batch(self, connector: Any) -> None:
        recorded = next(e for e in answers("hubspot") if e["status"] == 400)
        outcomes = connector.refused(self.batch(0), said(recorded["response"], 400)).outcomes
        assert outcomes[0].scope == "batch" and "not valid" in outcomes[0].message


class TestListMembers(VendorSuite):
    vendor, connector_type, object = "hubspot", HubSpotConnector, "list_member"
    config = {"token_env": "TOKEN"}
    description = DESCRIPTION
    actions = ("add", "remove")
    counts = False

    def prepare(self) -> None:
        shelves = self.sandbox.vendors["hubspot"].shelves
        for n in range(110):
            shelves.put("contacts", n, {"id": str(n), "properties": {"email": self.who(n)}})

    def fields(self, n: int) -> dict[str, object]:
        return {"email": f"Person{n}@mail.example"}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("hubspot", "a list"))  # type: ignore[arg-type]

    def rejects(self) -> list[tuple[Failure, bool]]:
        return [(self.refusing(1), True)]

    def test_who_is_no_contact_yet_is_tried_again_and_needs_no_removal(self, connector: Any) -> None:
        assert self.send(connector, self.batch(500, 1))[500] == Rejected("no_such_contact", "", retryable=True)
        assert self.send(connector, self.batch(500, action="remove"))[500] == Skipped("no_such_contact")


del VendorSuite
