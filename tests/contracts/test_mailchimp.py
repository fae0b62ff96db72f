import hashlib
from typing import Any

import pytest
from api_description import ApiDescription
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations.connectors.mailchimp import MailchimpConnector, MemberOptions, TagOptions
from activations.contract import Options
from activations.outcomes import Delivered, Rejected, Skipped
from heddle.errors import RetryLater, StopSync

DESCRIPTION = ApiDescription(
    "mailchimp_marketing/mailchimp-marketing-subset.swagger.json",
    strip="/3.0",
    unjudged={"POST /lists/*/segments": "the subset does not have it"},
)


class TestMembers(VendorSuite):
    vendor, connector_type, object = "mailchimp", MailchimpConnector, "member"
    config = {"key_env": "TOKEN"}
    description = DESCRIPTION
    counts = False

    def options(self) -> Options:
        return MemberOptions(list_id="a36b032126")

    def fields(self, n: int) -> dict[str, object]:
        return {"email_address": f" Person{n}@Mail.example", "FNAME": "Żółw"}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("mailchimp", "members"))  # type: ignore[arg-type]

    def test_a_full_batch_is_taken_and_one_row_more_is_not(self, connector: Any) -> None:
        """The limit of a batch is ours here: a call carries one member."""
        most = self.spec().limits.max_rows
        assert set(map(type, connector.send(self.batch(*range(most))).outcomes.values())) == {Delivered}

    def test_nobody_who_unsubscribed_is_subscribed_again(self, connector: Any) -> None:
        """The trap of this vendor: `status` in an update brings people back, `status_if_new` does not."""
        self.send(connector, self.batch(0))
        shelves = self.sandbox.vendors["mailchimp"].shelves
        key = next(iter(self.shelf()))
        shelves.merge("members", key, {"status": "unsubscribed"})
        self.send(connector, self.batch(0, action="change"))
        assert self.shelf()[key]["status"] == "unsubscribed"
        bodies = [call.body for call in self.sent if call.method == "PUT"]
        assert bodies and not [body for body in bodies if b'"status":' in (body or b"")]

    def test_a_bare_403_is_patience_and_one_with_a_reason_is_not(self, connector: Any) -> None:
        with pytest.raises(RetryLater):
            connector._patiently(said("<html>", 403, {"Content-Type": "text/html"}))
        with pytest.raises(StopSync):
            connector._patiently(said({"status": 403}, 403, {"Content-Type": "application/problem+json"}))

    def test_who_is_forgotten_is_suppressed(self, connector: Any) -> None:
        body = {"title": "Forgotten Email Not Subscribed", "status": 400, "detail": "person1@mail.example was deleted"}
        outcome = connector._member(answered(body, 400))
        assert isinstance(outcome, Rejected) and outcome.suppress and "mail.example" not in outcome.message

    def test_who_is_not_there_needs_no_removal(self, connector: Any) -> None:
        assert self.send(connector, self.batch(3, action="remove")) == {3: Skipped("not_a_member")}

    def test_real_answers(self, connector: Any) -> None:
        recorded = [e for e in answers("mailchimp") if e["method"] == "PUT"]
        good = next(e for e in recorded if e["status"] == 200)
        assert connector._member(answered(good["response"], 200)) == Delivered()
        bad = next(e for e in recorded if e["status"] == 400)
        outcome = connector._member(answered(bad["response"], 400))
        assert outcome == Rejected("Invalid_Resource", "LTV: Please enter a number")


class TestTags(VendorSuite):
    vendor, connector_type, object = "mailchimp", MailchimpConnector, "tag"
    config = {"key_env": "TOKEN"}
    description = DESCRIPTION
    actions = ("add", "remove")

    def prepare(self) -> None:
        shelves = self.sandbox.vendors["mailchimp"].shelves
        for n in range(501):
            address = self.who(n)
            key = hashlib.md5(address.encode()).hexdigest()
            shelves.put("members", key, {"email_address": address, "status": "subscribed"})

    def options(self) -> Options:
        return TagOptions(list_id="a36b032126")

    def fields(self, n: int) -> dict[str, object]:
        return {"email_address": f"Person{n}@mail.example"}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("mailchimp", "a list"))  # type: ignore[arg-type]

    def test_an_error_about_somebody_else_is_no_success(self, connector: Any) -> None:
        body = {"errors": [{"email_addresses": ["other@mail.example"], "error": "x"}], "error_count": 1}
        with pytest.raises(StopSync, match="not sent"):
            connector.read(self.batch(0), said(body))

    def test_two_rows_of_one_address_share_its_error(self, connector: Any) -> None:
        twins = self.batch(0, 1)
        same = twins.part([twins.operations[0], _as(twins.operations[1], twins.operations[0].fields)])
        error = {"email_addresses": ["Person0@mail.example"], "error": "no"}
        outcomes = connector.read(same, said({"errors": [error], "error_count": 1})).outcomes
        assert outcomes == {0: Rejected("not_tagged", "no"), 1: Rejected("not_tagged", "no")}


def _as(operation: Any, fields: Any) -> Any:
    return type(operation)(operation.op_id, operation.action, operation.key, fields)


def answered(body: object, status: int) -> Any:
    answer = said(body, status, {"Content-Type": "application/problem+json"})
    answer.request = type("Request", (), {"method": "PUT"})()
    return answer


del VendorSuite
