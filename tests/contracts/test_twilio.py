from typing import Any

import pytest
from api_description import ApiDescription
from message_suite import MessageSuite
from pydantic import ValidationError
from said import said

from activations.connectors.twilio import SmsOptions, TwilioConfig, TwilioConnector
from activations.contract import Options
from activations.outcomes import Rejected
from heddle.errors import RejectRecord, RetryLater, StopSync

SID = "AC" + "0" * 32


class TestTwilio(MessageSuite):
    vendor, connector_type, object = "twilio", TwilioConnector, "sms"
    config = {"account_sid": SID, "token_env": "TOKEN", "from_number": "+15005550006"}
    description = ApiDescription(
        "twilio/twilio_messages_subset.openapi.json",
        unjudged={"GET /2010-04-01/Accounts/*": "the account resource is in another file"},
    )
    suppresses = True

    def options(self) -> Options:
        return SmsOptions(body="Hello {{ first_name }}")

    def texts(self, n: int) -> dict[str, str]:
        return {"body": f"Hello k{n}, zażółć"}

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"+48 600 100 {n:03d}"}

    def who(self, n: int) -> str:
        return f"+48600100{n:03d}"

    @pytest.mark.parametrize(("code", "error"), [(20429, RetryLater), (21611, RetryLater), (21606, StopSync)])
    def test_a_code_that_is_about_us_rejects_nobody(self, connector: Any, code: int, error: type[Exception]) -> None:
        with pytest.raises(error):
            connector._outcome(said({"code": code, "message": "x", "status": 400}, 400))

    def test_a_number_that_cannot_get_an_sms_is_rejected_without_suppression(self, connector: Any) -> None:
        outcome = connector._outcome(said({"code": 21614, "message": "+48600100200 is not a mobile number"}, 400))
        assert isinstance(outcome, Rejected) and not outcome.suppress and "600100200" not in outcome.message

    def test_the_sid_is_kept(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert outcome.ids["sid"] in self.sandbox.held("twilio", "messages")


def test_one_sender_is_needed() -> None:
    for senders in ({}, {"from_number": "+15005550006", "messaging_service_sid": "MG" + "0" * 32}):
        with pytest.raises(ValidationError, match="one of them"):
            TwilioConfig(account_sid=SID, token_env="T", **senders)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["600100200", "+48", "call me", "a" * 64])
def test_a_number_without_a_country_is_refused(number: str) -> None:
    with pytest.raises(RejectRecord):
        TwilioConnector.objects()["sms"].fields["to"].prepare(number)


del MessageSuite
