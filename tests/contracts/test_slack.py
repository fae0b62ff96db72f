from typing import Any

import pytest
from message_suite import MessageSuite
from said import said

from activations.connectors.slack import MessageOptions, SlackConnector
from activations.contract import Options
from activations.outcomes import Rejected
from heddle.errors import RetryLater, StopSync


class TestSlack(MessageSuite):
    """The vendor's description wants forms and a token header; its own library sends JSON and Bearer, as we do."""

    vendor, connector_type, object = "slack", SlackConnector, "message"
    config = {"token_env": "TOKEN"}

    def options(self) -> Options:
        return MessageOptions(text="hello")

    def texts(self, n: int) -> dict[str, str]:
        return {"text": f"Hello k{n}, zażółć"}

    def fields(self, n: int) -> dict[str, object]:
        return {"channel": f"C{n:05d}"}

    def who(self, n: int) -> str:
        return f"C{n:05d}"

    @pytest.mark.parametrize(("word", "error"), [("invalid_auth", StopSync), ("ratelimited", RetryLater)])
    def test_a_200_with_a_word_about_us_rejects_nobody(self, connector: Any, word: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            connector._outcome(said({"ok": False, "error": word}))

    @pytest.mark.parametrize("word", ["channel_not_found", "is_archived", "no_text"])
    def test_a_200_that_is_not_ok_is_no_success(self, connector: Any, word: str) -> None:
        assert connector._outcome(said({"ok": False, "error": word})) == Rejected(word, "")


del MessageSuite
