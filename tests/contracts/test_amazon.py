from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from message_suite import MessageSuite
from said import said

from activations.aws_signature import signed_headers
from activations.connectors.ses import MailOptions, SesConnector
from activations.connectors.sns import SmsOptions, SnsConnector
from activations.contract import Batch, Options
from activations.outcomes import Rejected, Unknown
from heddle.errors import RetryLater, StopSync


class TestSes(MessageSuite):
    vendor, connector_type, object = "ses", SesConnector, "mail"
    config = {"region": "eu-central-1", "key_id_env": "TOKEN", "secret_env": "SECRET", "sender": "a@shop.example"}

    def options(self) -> Options:
        return MailOptions(template="t.html.j2", subject="s")

    def texts(self, n: int) -> dict[str, str]:
        return {"subject": f"Hello k{n}", "template": f"<p>Zażółć k{n}</p>"}

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"person{n}@mail.example"}

    def who(self, n: int) -> str:
        return f"person{n}@mail.example"

    def test_a_sender_that_is_not_verified_stops_the_sync(self, connector: Any) -> None:
        body = {"message": "Email address is not verified."}
        with pytest.raises(StopSync, match="our side"):
            connector._outcome(said(body, 400, {"x-amzn-ErrorType": "MessageRejected:http://x"}))

    def test_marketing_mail_can_be_left_with_one_click(self, connector: Any, tmp_path: Any) -> None:
        marketing = Batch(replace(self.target(), purpose="marketing"), (self.operation(0, "add"),))
        with pytest.raises(StopSync, match="unsubscribe"):
            connector.send(marketing)
        other = self.make(tmp_path, unsubscribe_url="https://shop.example/u/{message_id}")
        other.send(marketing)
        other.close()
        assert b"List-Unsubscribe=One-Click" in self.sent[-1].body  # type: ignore[operator]


class TestSns(MessageSuite):
    vendor, connector_type, object = "sns", SnsConnector, "sms"
    config = {"region": "eu-central-1", "key_id_env": "TOKEN", "secret_env": "SECRET", "sender_id": "Shop"}
    suppresses = True

    def options(self) -> Options:
        return SmsOptions(body="hello")

    def texts(self, n: int) -> dict[str, str]:
        return {"body": f"Hello k{n}, zażółć & more"}

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"+48 600 100 {n:03d}"}

    def who(self, n: int) -> str:
        return f"+48600100{n:03d}"

    @pytest.mark.parametrize(("code", "error"), [("Throttling", RetryLater), ("AuthorizationError", StopSync)])
    def test_a_code_about_us_rejects_nobody(self, connector: Any, code: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            connector._outcome(said(f"<ErrorResponse><Code>{code}</Code></ErrorResponse>", 400))

    def test_a_200_without_an_id_is_unknown(self, connector: Any) -> None:
        outcome = connector._outcome(said("<PublishResponse></PublishResponse>"))
        assert isinstance(outcome, Unknown)

    def test_a_number_that_is_not_one_is_rejected(self, connector: Any) -> None:
        xml = "<ErrorResponse><Code>InvalidParameter</Code><Message>+48600100200</Message></ErrorResponse>"
        assert connector._outcome(said(xml, 400)) == Rejected("InvalidParameter", "<number>")


# made by botocore (SigV4Auth) for the same key, region and moment
SNS, SES = "https://sns.eu-central-1.amazonaws.com", "https://email.eu-central-1.amazonaws.com/v2/email"
PUBLISH = b"Action=Publish&Version=2010-03-31&PhoneNumber=%2B48600100200&Message=Za%C5%BC%C3%B3%C5%82%C4%87"
MAIL = b'{"FromEmailAddress":"a@shop.example"}'
VECTORS = [
    ("POST", f"{SNS}/", PUBLISH, {"Content-Type": "application/x-www-form-urlencoded"}, "sns",
     "279f5ebdee6abb79d265371b558c4b39368cb0eda0c1a4594ed7b74ee8b0b9e5"),
    ("POST", f"{SES}/outbound-emails", MAIL, {"Content-Type": "application/json"}, "ses",
     "99cee6ea434e9f3313cab3f01c7113c8bda4f2464d127d12165c9b7ed74ca16e"),
    ("GET", f"{SES}/account", b"", {}, "ses", "195d7f6669c54cb8ac8293fabfbe1253b1e796e32e5e00b5ca94f9631d3ba89e"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "url", "body", "headers", "service", "signature"), VECTORS)
def test_a_request_is_signed_as_amazon_wants_it(
    method: str, url: str, body: bytes, headers: dict[str, str], service: str, signature: str
) -> None:
    now = datetime(2026, 6, 15, 4, 30, tzinfo=UTC)
    key = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    found = signed_headers(method, url, body, headers, key, ("eu-central-1", service), now)
    assert found["Authorization"].endswith(f"Signature={signature}")


del MessageSuite
