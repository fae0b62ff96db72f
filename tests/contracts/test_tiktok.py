from typing import Any

import pytest
from api_description import ApiDescription
from said import said
from vendor_suite import VendorSuite

from activations.connectors.tiktok import AudienceOptions, TikTokConnector
from activations.contract import Options
from activations.field_rules import sha256
from activations.outcomes import Rejected
from heddle.errors import RetryLater, StopSync


class TestTikTok(VendorSuite):
    vendor, connector_type, object = "tiktok", TikTokConnector, "audience"
    config = {"advertiser_id": "42", "token_env": "TOKEN"}
    counts = False

    def options(self) -> Options:
        return AudienceOptions()

    def fields(self, n: int) -> dict[str, object]:
        return {"EMAIL_SHA256": f"Person{n}@mail.example", **({"PHONE_SHA256": "+48 600 100 200"} if n % 2 else {})}

    def who(self, n: int) -> str:
        return sha256(f"person{n}@mail.example")

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("tiktok", "a list"))  # type: ignore[arg-type]

    @pytest.mark.parametrize(("code", "error"), [(40100, RetryLater), (40105, StopSync), (None, StopSync)])
    def test_a_200_with_a_code_is_no_success(self, connector: Any, code: object, error: type[Exception]) -> None:
        with pytest.raises(error):
            connector.read(self.batch(0, 1), said({"code": code, "message": "x"}))

    def test_a_code_about_the_rows_refuses_the_batch(self, connector: Any) -> None:
        outcome = connector.read(self.batch(0, 1), said({"code": 40002, "message": "batch_data"})).outcomes[0]
        assert outcome == Rejected("tiktok_40002", "batch_data", scope="batch")

    def test_retry_after_is_read(self, connector: Any) -> None:
        """There is none at this vendor: patience is a code."""
        self.sandbox.fail("tiktok", "429")
        with pytest.raises(RetryLater):
            connector.send(self.batch(0))

    def test_names_are_found_on_later_pages(self, connector: Any) -> None:
        for n in range(250):
            self.sandbox.vendors["tiktok"].shelves.put("audiences", n, {"audience_id": str(n), "name": f"other {n}"})
        assert connector._named("other 249") == "249"

    def test_the_listing_is_as_described(self, connector: Any) -> None:
        """The streaming endpoints are not in the vendor's description; the listing is."""
        description = ApiDescription("tiktok/dmp_custom_audience_list.yml", strip="/open_api/v1.3")
        description.needed()
        connector._named("x")
        listing = [call for call in self.sent if "/custom_audience/list/" in str(call.url)]
        # the description has the token in the query; TikTok takes it as a header, where it is in nobody's log
        for call in listing:
            call.url = f"{call.url}&Access-Token=x"
        calls = [description.at_host(call, "tiktok") for call in listing]
        assert calls and not [problem for call in calls if call and (problem := description.problem(call))]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("EMAIL_SHA256", " First.Last+tag@Gmail.com ", sha256("first.last+tag@gmail.com")),
        ("PHONE_SHA256", "+48 600-100-200", sha256("+48600100200")),
        ("IDFA_SHA256", "AB-CD", sha256("ab-cd")),
        ("EMAIL_SHA256", sha256("a@b.pl"), sha256("a@b.pl")),
    ],
)
def test_a_value_is_written_as_tiktok_wants_it(field: str, value: str, expected: str) -> None:
    assert TikTokConnector.objects()["audience"].fields[field].prepare(value) == expected


del VendorSuite
