from typing import Any

import pytest
from api_description import ApiDescription
from message_suite import MessageSuite
from said import said

from activations.connectors.vonage import SmsOptions, VonageConnector
from activations.contract import Options
from activations.outcomes import Delivered, Rejected, Unknown
from heddle.errors import RetryLater, StopSync


class TestVonage(MessageSuite):
    vendor, connector_type, object = "vonage", VonageConnector, "sms"
    config = {"api_key": "abcd1234", "secret_env": "SECRET", "sender": "Shop"}
    description = ApiDescription("vonage/sms.yml", strip="/sms")
    suppresses = True

    def options(self) -> Options:
        return SmsOptions(body="hello")

    def texts(self, n: int) -> dict[str, str]:
        return {"body": f"Hello k{n}, zażółć"}

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"+48 600 100 {n:03d}"}

    def who(self, n: int) -> str:
        return f"48600100{n:03d}"

    def judged(self) -> Any:
        """The check asks without a number on purpose."""
        return [call for call in super().judged() if b"text=check" not in call.data]

    @pytest.mark.parametrize(("status", "error"), [("1", RetryLater), ("4", StopSync), ("9", StopSync)])
    def test_a_200_that_is_about_us_rejects_nobody(self, connector: Any, status: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            connector._outcome(said({"messages": [{"status": status, "error-text": "x"}]}))

    def test_what_it_says_about_us_names_nobody(self, connector: Any) -> None:
        with pytest.raises(StopSync) as stopped:
            connector._outcome(said({"messages": [{"status": "4", "error-text": "no route to +48600100200"}]}))
        assert "600100200" not in str(stopped.value)

    @pytest.mark.parametrize(
        ("statuses", "outcome"),
        [(["0", "0"], Delivered), (["0", "6"], Unknown), (["6", "6"], Rejected), ([], Unknown)],
    )
    def test_every_part_of_a_message_counts(self, connector: Any, statuses: list[str], outcome: type) -> None:
        parts = [{"status": status, "message-id": "1", "error-text": "x"} for status in statuses]
        assert isinstance(connector._outcome(said({"messages": parts})), outcome)


del MessageSuite
