from dataclasses import replace
from typing import Any

import pytest
from api_description import ApiDescription
from message_suite import MessageSuite
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations.connectors.sendgrid import MailOptions, SendGridConnector
from activations.contract import Batch, Operation, Options, Pending
from activations.outcomes import Accepted, Delivered, Rejected
from heddle.errors import RejectRecord, StopSync


class TestContacts(VendorSuite):
    vendor, connector_type, object = "sendgrid", SendGridConnector, "contact"
    config = {"key_env": "TOKEN"}
    description = ApiDescription(
        "sendgrid/tsg_mc_contacts_v3.json sendgrid/tsg_mc_lists_v3.json sendgrid/tsg_mc_custom_fields_v3.json",
        unjudged={"GET /v3/scopes": "in another file"},
    )
    counts = False

    def prepare(self) -> None:
        self.sandbox.vendors["sendgrid"].shelves.put("fields", "e1_T", {"id": "e1_T", "name": "orders"})

    def fields(self, n: int) -> dict[str, object]:
        return {"email": f"Person{n}@mail.example", "first_name": "Żółw", **({"orders": n} if n < 100 else {})}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        contacts = self.sandbox.held("sendgrid", "contacts")
        return {key: dict(row) for key, row in contacts.items() if "a list" in row["lists"]}  # type: ignore[operator]

    def test_a_job_is_pending_then_counts(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0, 1)).outcomes[0]
        assert isinstance(outcome, Accepted)
        assert isinstance(connector.poll(outcome.receipt, self.batch(0, 1)), Pending)
        assert connector.poll(outcome.receipt, self.batch(0, 1)).outcomes == {0: Delivered(), 1: Delivered()}

    @pytest.mark.parametrize(
        ("status", "errored", "outcome", "counted"),
        [
            ("completed", 0, Delivered(), {}),
            ("errored", 1, Delivered(), {"import_errored": 1}),
            ("errored", 2, Rejected("import_errored", "the import took none", True), {}),
        ],
    )
    def test_errors_that_name_nobody_are_counted(
        self,
        connector: Any,
        monkeypatch: pytest.MonkeyPatch,
        status: str,
        errored: int,
        outcome: Any,
        counted: Any,
    ) -> None:
        body = {"status": status, "results": {"requested_count": 2, "errored_count": errored}}
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said(body))
        result = connector.poll("j", self.batch(0, 1))
        assert set(result.outcomes.values()) == {outcome} and result.unattributed == counted

    def test_a_job_about_other_rows_is_no_success(self, connector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        body = {"status": "completed", "results": {"requested_count": 3}}
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said(body))
        with pytest.raises(StopSync, match="account"):
            connector.poll("j", self.batch(0, 1))

    def test_an_unknown_custom_field_stops_with_what_to_do(self, connector: Any) -> None:
        row = Operation(0, "add", "k0", {"email": "person0@mail.example", "shoe_size": 44})
        with pytest.raises(StopSync, match="shoe_size"):
            connector.send(Batch(self.target(), (row,)))

    def test_deletion_takes_the_contact_away(self, connector: Any) -> None:
        self.send(connector, self.batch(*range(150)))
        target = replace(self.target(), on_leave="delete")
        self.send(connector, Batch(target, tuple(self.operation(n, "remove") for n in range(150))))
        assert not self.sandbox.held("sendgrid", "contacts")

    def test_a_real_job(self, connector: Any) -> None:
        recorded = next(e for e in answers("sendgrid") if e["method"] == "PUT" and "job_id" in (e["response"] or {}))
        outcomes = connector.read(self.batch(0), said(recorded["response"], recorded["status"])).outcomes
        assert outcomes == {0: Accepted(recorded["response"]["job_id"])}


class TestMail(MessageSuite):
    vendor, connector_type, object = "sendgrid", SendGridConnector, "mail"
    bodiless = True
    config = {"key_env": "TOKEN", "sender": "shop@shop.example", "sender_name": "Shop"}
    description = ApiDescription("sendgrid/tsg_mail_v3.json", unjudged={"GET /v3/scopes": "in another file"})
    messages = "mails"

    def options(self) -> Options:
        return MailOptions(template="t.html.j2", subject="s")

    def texts(self, n: int) -> dict[str, str]:
        return {"subject": f"Hello k{n}", "template": f"<p>Zażółć k{n}</p>"}

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"person{n}@mail.example", "to_name": "Żółw"}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def test_marketing_mail_needs_a_group_to_leave(self, connector: Any) -> None:
        marketing = replace(self.target(), purpose="marketing")
        with pytest.raises(StopSync, match="unsubscribe"):
            connector.send(Batch(marketing, (self.operation(0, "add"),)))
        grouped = replace(marketing, options=MailOptions(template="t", subject="s", unsubscribe_group=7))
        connector.send(Batch(grouped, (self.operation(0, "add"),)))
        assert b'"asm":{"group_id":7}' in self.sent[-1].body  # type: ignore[operator]

    def test_a_mail_refused_as_such_rejects_nobody(self, connector: Any) -> None:
        with pytest.raises(StopSync, match="as such") as stopped:
            connector._mail_outcome(said({"errors": [{"field": "from.email", "message": "no jan@mail.example"}]}, 400))
        assert "jan@" not in str(stopped.value)


def test_a_value_that_is_too_long_is_refused_and_not_cut() -> None:
    spec = SendGridConnector.objects()["contact"]
    assert spec.fields["first_name"].prepare("a" * 50) == "a" * 50
    with pytest.raises(RejectRecord):
        spec.fields["first_name"].prepare("a" * 51)


del VendorSuite, MessageSuite
