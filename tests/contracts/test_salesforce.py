from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations import salesforce_lookup
from activations.connectors.salesforce import RecordOptions, SalesforceConfig, SalesforceConnector
from activations.contract import CLEAR, Batch, Operation, Options
from activations.outcomes import Delivered, Rejected, Skipped
from heddle.errors import RetryLater, StopSync


class TestSalesforce(VendorSuite):
    """No description of collections is to be had; recorded real answers stand in for it."""

    vendor, connector_type, object = "salesforce", SalesforceConnector, "record"
    config = {"token_env": "TOKEN"}
    actions = ("add", "change")

    def options(self) -> Options:
        return RecordOptions(type="Contact", external_id="Heddle_Id__c")

    def fields(self, n: int) -> dict[str, object]:
        return {"Heddle_Id__c": f"k{n}", "Email": f"Person{n}@mail.example", "LastName": "Żółw", "Orders__c": n}

    def who(self, n: int) -> str:
        return f"k{n}"

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("salesforce", "Contact"))  # type: ignore[arg-type]

    def test_deletion_is_by_the_id_that_was_given(self, connector: Any) -> None:
        given = connector.send(self.batch(0, 1)).outcomes
        target = replace(self.target(), on_leave="delete")
        rows = [replace(self.operation(n, "remove"), ids=given[n].ids) for n in (0, 1)]
        stranger = self.operation(2, "remove")
        outcomes = connector.send(Batch(target, (*rows, stranger))).outcomes
        assert [type(outcomes[n]) for n in (0, 1)] == [Delivered, Delivered] and not self.shelf()
        assert isinstance(outcomes[2], Rejected) and outcomes[2].code == "no_id"
        assert connector.send(Batch(target, tuple(rows))).outcomes[0] == Skipped("already_gone")

    def test_a_record_whose_id_is_not_known_is_looked_up(self, connector: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr(salesforce_lookup, "_MOST", 40)  # several queries
        connector.send(self.batch(*range(12)))
        target = replace(self.target(), on_leave="delete")
        rows = [Operation(n, "remove", f"k{n}", {"Heddle_Id__c": f"k{n}"}) for n in range(13)]
        outcomes = connector.send(Batch(target, tuple(rows))).outcomes
        assert [type(outcomes[n]) for n in range(12)] == [Delivered] * 12 and outcomes[12] == Skipped("already_gone")
        assert not self.shelf()

    def test_a_query_that_is_refused_or_cut_short_takes_nothing_for_gone(
        self, connector: Any, monkeypatch: Any
    ) -> None:
        target = replace(self.target(), on_leave="delete")
        rows = Batch(target, tuple(Operation(n, "remove", f"k{n}", {"Heddle_Id__c": f"k{n}"}) for n in range(2)))
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said([{"errorCode": "INVALID_FIELD"}], 400))
        assert {(o.code, o.scope) for o in connector.send(rows).outcomes.values()} == {("http_400", "batch")}
        cut = {"totalSize": 2, "done": False, "records": []}
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said(cut))
        with pytest.raises(StopSync, match="account"):
            connector.send(rows)

    def test_a_value_to_clear_is_null(self, connector: Any) -> None:
        row = Operation(0, "change", "k0", {"Heddle_Id__c": "k0", "Orders__c": CLEAR, "LastName": None})
        (record,) = connector.call(Batch(self.target(), (row,))).json["records"]
        assert record == {"attributes": {"type": "Contact"}, "Heddle_Id__c": "k0", "Orders__c": None}

    def test_a_quota_is_waited_for_and_a_missing_permission_is_not(self, connector: Any, monkeypatch: Any) -> None:
        for word, error in (("REQUEST_LIMIT_EXCEEDED", RetryLater), ("API_DISABLED_FOR_ORG", StopSync)):
            monkeypatch.setattr(connector, "ask", lambda *_, word=word, **__: said([{"errorCode": word}], 403))
            with pytest.raises(error):
                connector.send(self.batch(0))

    def test_a_locked_row_passes(self, connector: Any) -> None:
        row = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "m"}]}
        assert connector.read(self.batch(0), said([row])).outcomes[0] == Rejected("UNABLE_TO_LOCK_ROW", "m", True)

    def test_the_real_answer_with_a_failure_beside_a_success(self, connector: Any) -> None:
        recorded = next(e for e in answers("salesforce") if "INVALID_EMAIL_ADDRESS" in str(e["response"]))
        outcomes = connector.read(self.batch(0, 1), said(recorded["response"])).outcomes
        assert isinstance(outcomes[0], Delivered) and outcomes[0].ids["id"].startswith("001")
        assert isinstance(outcomes[1], Rejected) and outcomes[1].code == "INVALID_EMAIL_ADDRESS"

    def test_a_connected_app_gets_a_token(self, connector: Any, tmp_path: Any) -> None:
        other = self.make(tmp_path, token_env=None, client_id_env="TOKEN", client_secret_env="SECRET")
        other.check()
        other.check()
        assert len([call for call in self.sent if str(call.url).endswith("/token")]) == 1
        assert "sandbox" not in other.preview(self.batch(0)).replace("/salesforce", "")
        other.close()


def test_one_way_to_say_who_we_are() -> None:
    for given in ({}, {"token_env": "T", "client_id_env": "A", "client_secret_env": "B"}):
        with pytest.raises(ValidationError, match="client_id_env"):
            SalesforceConfig(base_url="https://x.my.salesforce.com", **given)  # type: ignore[arg-type]


del VendorSuite
