from dataclasses import replace
from typing import Any

import pytest
from api_description import ApiDescription
from message_suite import MessageSuite
from said import said

from activations.connectors.mailchimp_transactional import MailOptions, TransactionalConnector
from activations.contract import Batch, Options
from activations.outcomes import Rejected, Unknown
from heddle.errors import StopSync


class TestTransactional(MessageSuite):
    vendor, connector_type, object = "mailchimp_transactional", TransactionalConnector, "mail"
    config = {"key_env": "TOKEN", "sender": "shop@shop.example", "sender_name": "Shop"}
    description = ApiDescription("mailchimp_transactional/transactional_subset.openapi.json")
    suppresses = True

    def options(self) -> Options:
        return MailOptions(template="t.html.j2", subject="s")

    def texts(self, n: int) -> dict[str, str]:
        return {"subject": f"Hello k{n}", "template": f"<p>Zażółć k{n}</p>"}

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"person{n}@mail.example", "to_name": "Żółw"}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def test_secrets_are_neither_shown_nor_sent_in_an_address(self, connector: Any) -> None:
        super().test_secrets_are_neither_shown_nor_sent_in_an_address(connector)
        assert b'"key":"sesame-token"' in self.sent[-1].body  # type: ignore[operator]

    def test_a_500_with_a_reason_is_certain_and_one_without_is_not(self, connector: Any) -> None:
        reason = {"status": "error", "name": "ValidationError", "message": "You must specify a to"}
        assert connector._outcome(said(reason, 500)) == Rejected("ValidationError", "You must specify a to")
        assert isinstance(connector._outcome(said("upstream error", 500)), Unknown)
        with pytest.raises(StopSync, match="Invalid_Key"):
            connector._outcome(said({"status": "error", "name": "Invalid_Key"}, 500))

    @pytest.mark.parametrize(
        ("reason", "suppress", "retryable"),
        [("hard-bounce", True, False), ("spam", True, False), ("soft-bounce", False, True)],
    )
    def test_the_reason_of_a_rejection_says_what_to_do(
        self, connector: Any, reason: str, suppress: bool, retryable: bool
    ) -> None:
        body = [{"email": "a@mail.example", "status": "rejected", "reject_reason": reason}]
        assert connector._outcome(said(body)) == Rejected(reason, "", retryable, suppress=suppress)

    def test_a_rejection_that_is_about_us_stops_the_sync(self, connector: Any) -> None:
        with pytest.raises(StopSync, match="unsigned"):
            connector._outcome(said([{"status": "rejected", "reject_reason": "unsigned"}]))

    def test_marketing_mail_can_be_left_with_one_click(self, connector: Any, tmp_path: Any) -> None:
        marketing = Batch(replace(self.target(), purpose="marketing"), (self.operation(0, "add"),))
        with pytest.raises(StopSync, match="unsubscribe"):
            connector.send(marketing)
        other = self.make(tmp_path, unsubscribe_url="https://shop.example/u/{message_id}")
        other.send(marketing)
        other.close()
        assert b"List-Unsubscribe-Post" in self.sent[-1].body  # type: ignore[operator]


del MessageSuite
