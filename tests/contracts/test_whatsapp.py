from typing import Any

import pytest
from api_description import ApiDescription
from message_suite import MessageSuite
from said import said

from activations.connectors.whatsapp import TemplateOptions, WhatsAppConnector
from activations.contract import Options
from activations.outcomes import Rejected
from heddle.errors import RetryLater, StopSync


class TestWhatsApp(MessageSuite):
    vendor, connector_type, object = "whatsapp", WhatsAppConnector, "template"
    config = {"phone_number_id": "106540352242922", "token_env": "TOKEN"}
    description = ApiDescription(
        "whatsapp/whatsapp_messages_subset.openapi.json", unjudged={"GET /*/*": "the subset does not have it"}
    )
    suppresses = True

    def options(self) -> Options:
        return TemplateOptions(template="points_expire", language="pl", parameters=("first_name", "points"))

    def fields(self, n: int) -> dict[str, object]:
        return {"to": f"+48 600 100 {n:03d}", "first_name": "Żółw", "points": n}

    def who(self, n: int) -> str:
        return f"48600100{n:03d}"

    @pytest.mark.parametrize(("code", "error"), [(130429, RetryLater), (190, StopSync), (132001, StopSync)])
    def test_a_code_about_us_rejects_nobody(self, connector: Any, code: int, error: type[Exception]) -> None:
        with pytest.raises(error):
            connector._outcome(said({"error": {"code": code, "message": "x"}}, 400))

    def test_a_number_without_whatsapp_is_rejected_and_not_suppressed(self, connector: Any) -> None:
        outcome = connector._outcome(said({"error": {"code": 131026, "message": "+48600100200"}}, 400))
        assert outcome == Rejected("whatsapp_131026", "<number>") and not outcome.suppress

    def test_the_parameters_come_in_order(self, connector: Any) -> None:
        (component,) = connector.call(self.batch(7)).json["template"]["components"]
        assert [value["text"] for value in component["parameters"]] == ["Żółw", "7"]


del MessageSuite
