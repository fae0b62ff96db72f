import json
from typing import Any

import pytest
from api_description import SPECS
from message_suite import MessageSuite
from said import said

from activations.connectors.telegram import MessageOptions, TelegramConnector
from activations.contract import Options
from activations.outcomes import Rejected
from heddle.errors import RetryLater, StopSync


class TestTelegram(MessageSuite):
    vendor, connector_type, object = "telegram", TelegramConnector, "message"
    config = {"token_env": "TOKEN"}
    suppresses = True

    def options(self) -> Options:
        return MessageOptions(text="hello")

    def texts(self, n: int) -> dict[str, str]:
        return {"text": f"Hello k{n}, zażółć"}

    def fields(self, n: int) -> dict[str, object]:
        return {"chat_id": 90_000 + n}

    def who(self, n: int) -> str:
        return str(90_000 + n)

    def test_secrets_are_neither_shown_nor_sent_in_an_address(self, connector: Any, tmp_path: Any) -> None:
        """Here the address has the token, so what may not show it is everything else."""
        assert "sesame" not in connector.preview(self.batch(0))
        for failure in ("401", "403", "404", "500", "cut", "429"):
            self.sandbox.fail("telegram", failure)  # type: ignore[arg-type]
            try:
                shown = str(connector.send(self.batch(0)).outcomes)
            except (StopSync, RetryLater) as error:
                shown = str(error)
            assert "sesame" not in shown

    def test_the_bodys_retry_after_is_read(self, connector: Any) -> None:
        body = {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 35}}
        with pytest.raises(RetryLater) as caught:
            connector._outcome(said(body, 429))
        assert caught.value.after == 35

    def test_a_message_that_cannot_be_sent_does_not_suppress_the_chat(self, connector: Any) -> None:
        outcome = connector._outcome(said({"ok": False, "description": "Bad Request: message is too long"}, 400))
        assert isinstance(outcome, Rejected) and not outcome.suppress and outcome.code == "message_is_too_long"

    def test_the_body_is_as_described(self, connector: Any) -> None:
        path = SPECS / "telegram/api.json"
        if not path.exists():
            pytest.skip("the vendor's description is not beside this repository (../shared/specs/telegram/api.json)")
        fields = {field["name"]: field for field in json.loads(path.read_text())["methods"]["sendMessage"]["fields"]}
        body = connector.call(self.batch(0)).json
        assert set(body) <= set(fields) and {n for n, f in fields.items() if f["required"]} <= set(body)
        assert all("String" in fields[name]["types"] and isinstance(value, str) for name, value in body.items())


del MessageSuite
