from typing import Any

import pytest
from api_description import ApiDescription
from message_suite import MessageSuite
from pydantic import ValidationError
from said import said

from activations.connectors.fcm import FcmConfig, FcmConnector, PushOptions
from activations.contract import Options
from activations.outcomes import Rejected
from heddle.errors import StopSync


class TestFcm(MessageSuite):
    vendor, connector_type, object = "fcm", FcmConnector, "message"
    config = {"project_id": "shop-1", "token_env": "TOKEN"}
    description = ApiDescription("fcm/fcm.v1.json")
    denials = ("401",)
    suppresses = True

    def options(self) -> Options:
        return PushOptions(title="t", body="b")

    def texts(self, n: int) -> dict[str, str]:
        return {"title": f"Hello k{n}", "body": "zażółć"}

    def fields(self, n: int) -> dict[str, object]:
        return {"token": f"device-{n:04d}", "points": n}

    def who(self, n: int) -> str:
        return f"device-{n:04d}"

    @pytest.mark.parametrize(("code", "suppress"), [("UNREGISTERED", True), ("SENDER_ID_MISMATCH", False)])
    def test_the_code_says_what_to_do(self, connector: Any, code: str, suppress: bool) -> None:
        error = {"code": 404, "status": "NOT_FOUND", "message": "m", "details": [{"errorCode": code}]}
        assert connector._outcome(said({"error": error}, 404)) == Rejected(code, "m", suppress=suppress)

    def test_a_project_that_is_not_ours_stops_the_sync(self, connector: Any) -> None:
        for status, word in ((403, "PERMISSION_DENIED"), (404, "NOT_FOUND")):
            with pytest.raises(StopSync, match=word):
                connector._outcome(said({"error": {"code": status, "status": word}}, status))

    def test_the_data_of_a_message_are_texts(self, connector: Any) -> None:
        assert connector.call(self.batch(7)).json["message"]["data"]["points"] == "7"


def test_one_identity_is_needed() -> None:
    with pytest.raises(ValidationError, match="one of them"):
        FcmConfig(project_id="p")


del MessageSuite
