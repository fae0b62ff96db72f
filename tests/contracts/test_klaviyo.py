from dataclasses import replace
from typing import Any

import pytest
from api_description import ApiDescription
from said import said
from vendor_suite import VendorSuite

from activations.connectors.klaviyo import KlaviyoConnector, ProfileOptions
from activations.contract import CLEAR, Batch, Operation, Options, Pending
from activations.outcomes import Accepted, Delivered, Rejected
from heddle.errors import StopSync


class TestKlaviyo(VendorSuite):
    vendor, connector_type, object = "klaviyo", KlaviyoConnector, "profile"
    config = {"key_env": "TOKEN"}
    description = ApiDescription("klaviyo/klaviyo-subset.openapi.json")

    def options(self) -> Options:
        return ProfileOptions()

    def fields(self, n: int) -> dict[str, object]:
        own = {"external_id": f"k{n}"} if n % 3 else {}
        return {**own, "email": f"Person{n}@mail.example", "city": "Łódź", "orders": n}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        profiles = self.sandbox.held("klaviyo", "profiles")
        return {key: dict(row) for key, row in profiles.items() if "a list" in row["lists"]}  # type: ignore[operator]

    def test_a_job_is_asked_later(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert isinstance(outcome, Accepted)
        assert isinstance(connector.poll(outcome.receipt, self.batch(0)), Pending)
        assert connector.poll(outcome.receipt, self.batch(0)).outcomes == {0: Delivered()}

    def test_all_pages_of_import_errors_are_read(self, connector: Any) -> None:
        with self.refusing(*range(25))():
            outcomes = self.send(connector, self.batch(*range(40)))
        assert {n for n, outcome in outcomes.items() if isinstance(outcome, Rejected)} == set(range(25))

    def test_a_400_that_points_at_a_row_rejects_it_and_frees_the_others(self, connector: Any) -> None:
        pointer = "/data/attributes/profiles/data/1/attributes/phone_number"
        error = {"code": "invalid", "detail": "Invalid phone number +48600100200", "source": {"pointer": pointer}}
        outcomes = connector._refused_by_pointer(self.batch(0, 1, 2), said({"errors": [error]}, 400)).outcomes
        assert outcomes[1] == Rejected("invalid", "Invalid phone number <number>")
        assert {outcomes[n].scope for n in (0, 2)} == {"batch"}

    def test_errors_that_point_nowhere_are_counted(self, connector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        job = {"status": "complete", "total_count": 2, "failed_count": 1}
        answers = iter([said({"data": {"attributes": job}}), said({"data": []})])
        monkeypatch.setattr(connector, "ask", lambda *_, **__: next(answers))
        result = connector.poll("j", self.batch(0, 1))
        assert set(result.outcomes.values()) == {Delivered()} and result.unattributed == {"import_failed": 1}

    def test_consent_is_never_touched(self, connector: Any) -> None:
        """The trap of this vendor: subscribing lifts suppressions, unsubscribing from a list is from everything."""
        for action in self.actions:
            self.send(connector, self.batch(0, 1, action=action))
        assert not [call.url for call in self.sent if "subscri" in str(call.url) or "suppress" in str(call.url)]
        assert not [call.body for call in self.sent if b"consent" in (call.body or b"")]

    def test_a_value_to_clear_is_null(self, connector: Any) -> None:
        row = Operation(0, "change", "k0", {"external_id": "k0", "orders": CLEAR, "city": CLEAR, "title": None})
        profile = connector.call(Batch(self.target(), (row,))).json["data"]["attributes"]["profiles"]["data"][0]
        wanted = {"external_id": "k0", "location": {"city": None}, "properties": {"orders": None}}
        assert profile["attributes"] == wanted

    def test_a_name_with_quotes_is_found_again(self, connector: Any) -> None:
        odd = replace(self.target(), audience='the "best", we \\ say', ids={})
        assert connector.ensure_audience(odd) == connector.ensure_audience(odd)
        assert len(self.sandbox.held("klaviyo", "lists")) == 2

    def test_a_job_about_other_rows_is_no_success(self, connector: Any) -> None:
        body = {"data": {"id": "j", "attributes": {"total_count": 3}}}
        with pytest.raises(StopSync, match="account"):
            connector.read(self.batch(0, 1), said(body, 202))


del VendorSuite
