from typing import Any

import pytest
from api_description import ApiDescription
from said import said
from vendor_suite import VendorSuite

from activations.connectors.linkedin import LinkedInConnector, SegmentOptions
from activations.contract import Options
from activations.field_rules import sha256
from activations.outcomes import Delivered, Rejected
from heddle.errors import StopSync


class TestLinkedIn(VendorSuite):
    vendor, connector_type, object = "linkedin", LinkedInConnector, "dmp_segment"
    config = {"account_id": "42", "token_env": "TOKEN", "settle_seconds": 0}
    description = ApiDescription("linkedin/linkedin-marketing-audience.yml")

    def options(self) -> Options:
        return SegmentOptions()

    def fields(self, n: int) -> dict[str, object]:
        return {"SHA256_EMAIL": f"Person{n}@mail.example"}

    def who(self, n: int) -> str:
        return sha256(f"person{n}@mail.example")

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("linkedin", "a list"))  # type: ignore[arg-type]

    def test_a_segment_is_made_once(self, connector: Any) -> None:
        connector.ensure_audience(super().target())
        connector.ensure_audience(super().target())
        assert len(self.sandbox.held("linkedin", "segments")) == 1

    def test_a_status_that_may_pass_is_tried_again(self, connector: Any) -> None:
        elements = [{"status": 201}, {"status": 429}, {"status": 400, "error": {"message": "x"}}]
        outcomes = connector.read(self.batch(0, 1, 2), said({"elements": elements})).outcomes
        assert outcomes == {
            0: Delivered(),
            1: Rejected("status_429", "", retryable=True),
            2: Rejected("status_400", "x"),
        }

    @pytest.mark.parametrize("body", [{}, {"elements": None}, {"elements": [{"status": 201}]}])
    def test_an_answer_without_a_status_per_row_is_no_success(self, connector: Any, body: object) -> None:
        with pytest.raises(StopSync, match="account"):
            connector.read(self.batch(0, 1), said(body))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("SHA256_EMAIL", " First.Last+Tag@Gmail.com", sha256("first.last+tag@gmail.com")),
        ("GOOGLE_AID", " CDDA802E-FB9C-47AD-9866-0794D394C912", "cdda802e-fb9c-47ad-9866-0794d394c912"),
        ("APPLE_IDFA", "6d92078a-8246-4ba4-ae5b-76104861e7dc", "6D92078A-8246-4BA4-AE5B-76104861E7DC"),
    ],
)
def test_a_value_is_written_as_linkedin_wants_it(field: str, value: str, expected: str) -> None:
    assert LinkedInConnector.objects()["dmp_segment"].fields[field].prepare(value) == expected


del VendorSuite
