import json
from dataclasses import replace
from typing import Any

import pytest
from api_description import ApiDescription
from connector_suite import surroundings
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError
from said import said
from vendor_suite import VendorSuite

from activations.client import Unanswered
from activations.connectors.google import GoogleConfig, GoogleConnector, UserListOptions
from activations.contract import Batch, Operation, Options, Pending
from activations.field_rules import sha256
from activations.google_token import GoogleToken
from activations.outcomes import Accepted, Delivered
from activations.patience import Patience, send_patiently
from heddle.errors import RetryLater, StopSync


class TestGoogle(VendorSuite):
    vendor, connector_type, object = "google", GoogleConnector, "user_list"
    config = {"account_id": "4155550100", "login_account_id": "77", "token_env": "TOKEN"}
    description = ApiDescription("google_ads/datamanager.v1.json")
    counts = False

    def options(self) -> Options:
        return UserListOptions(terms_accepted=True)

    def fields(self, n: int) -> dict[str, object]:
        address = {"given_name": "Ala", "family_name": f"Kot {n}", "region_code": "pl", "postal_code": "00-950"}
        return {"email": f"Person{n}@mail.example", **(address if n % 2 else {})}

    def who(self, n: int) -> str:
        return sha256(f"person{n}@mail.example")

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held("google", "a list"))  # type: ignore[arg-type]

    def test_what_became_of_a_request_is_asked_later(self, connector: Any) -> None:
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert isinstance(outcome, Accepted)
        assert isinstance(connector.poll(outcome.receipt, self.batch(0)), Pending)
        assert connector.poll(outcome.receipt, self.batch(0)).outcomes == {0: Delivered()}

    def test_rows_that_are_counted_and_not_named_are_reported_beside_the_outcomes(self, connector: Any) -> None:
        self.sandbox.vendors["google"].names = False  # type: ignore[attr-defined]
        with self.refusing(1)():
            receipt = connector.send(self.batch(0, 1, 2)).outcomes[0].receipt
        connector.poll(receipt, self.batch(0, 1, 2))
        result = connector.poll(receipt, self.batch(0, 1, 2))
        assert set(result.outcomes.values()) == {Delivered()}
        assert result.unattributed == {"PROCESSING_ERROR_REASON_INVALID_FORMAT": 1}

    def test_a_request_that_failed_rejects_all(self, connector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        status = {"requestStatus": "FAILED", "errorInfo": {"errorCounts": [{"reason": "NO_TERMS", "recordCount": "2"}]}}
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said({"requestStatusPerDestination": [status]}))
        outcomes = connector.poll("r", self.batch(0, 1)).outcomes
        assert {outcome.code for outcome in outcomes.values()} == {"NO_TERMS"}
        assert all(outcome.retryable for outcome in outcomes.values())  # nobody of them was found at fault

    @pytest.mark.parametrize("body", [{}, {"requestStatusPerDestination": [{"requestStatus": "NEW_WORD"}]}])
    def test_an_answer_that_cannot_be_read_is_no_success(self, connector: Any, monkeypatch: Any, body: object) -> None:
        monkeypatch.setattr(connector, "ask", lambda *_, **__: said(body))
        with pytest.raises(StopSync, match="account"):
            connector.poll("r", self.batch(0))

    def test_terms_that_nobody_accepted_stop_the_sync_and_reject_nobody(self, connector: Any) -> None:
        target = replace(self.target(), options=UserListOptions())
        batch = Batch(target, self.batch(0, 1, 2).operations)
        sent = send_patiently(connector, batch, Patience(sleep=lambda seconds: None))
        assert sent.stop and "terms of service" in sent.stop.what and sent.outcomes == {}

    def test_part_of_an_address_is_not_sent(self, connector: Any) -> None:
        row = Operation(0, "add", "k0", {"email": "e", "given_name": "g", "postal_code": "1"})
        members = connector.call(self.batch(0).part([row])).json["audienceMembers"]
        assert members == [{"userData": {"userIdentifiers": [{"emailAddress": "e"}]}}]

    def test_who_has_nothing_to_match_is_found_before_the_call(self, connector: Any) -> None:
        nobody = Operation(1, "add", "k1", {"given_name": "g", "email": None})
        outcomes = connector.send(self.batch(0).part([*self.batch(0, 2).operations, nobody])).outcomes
        assert [type(outcomes[n]).__name__ for n in (0, 1, 2)] == ["Accepted", "Rejected", "Accepted"]

    def test_a_service_account_gets_a_token_and_keeps_it(self, connector: Any, tmp_path: Any) -> None:
        pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = {"client_email": "a@b", "private_key": pem.decode(), "token_uri": f"{self.sandbox.url}/google/token"}
        config = {"base_url": f"{self.sandbox.url}/google", "account_id": "1", "service_account_env": "KEY"}
        around = surroundings(tmp_path, {"KEY": json.dumps(key)})
        other = GoogleConnector(GoogleConfig.model_validate(config), around)
        other.check()
        other.check()
        assert len([call for call in self.sent if str(call.url).endswith("/token")]) == 1
        assert "ya29" not in other.preview(self.batch(0))
        other.close()

    def judged(self) -> Any:
        return [call for call in super().judged() if not call.url.endswith("/token")]


def test_a_token_in_doubt_leaves_no_message_in_doubt() -> None:
    class Cut:
        def send(self, *args: object) -> None:
            raise Unanswered("the destination answers 502")

    private = generate_private_key(65_537, 2_048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = json.dumps({"client_email": "heddle@p.example", "private_key": private.decode()})
    with pytest.raises(RetryLater) as error:
        GoogleToken(key, "scope", Cut()).get()  # type: ignore[arg-type]
    assert not isinstance(error.value, Unanswered)


def test_a_key_that_is_none_says_so(tmp_path: Any) -> None:
    config = GoogleConfig(account_id="1", service_account_env="KEY")
    connector = GoogleConnector(config, surroundings(tmp_path, {"KEY": "{}"}))
    with pytest.raises(StopSync, match="cannot be read"):
        connector.check()
    with pytest.raises(ValidationError, match="one of them"):
        GoogleConfig(account_id="1")


# google-ads-datamanager-util 0.4.0 (Formatter) makes the same of all of these
VECTORS = [
    ("email", " First.Last+tag@Gmail.com ", sha256("firstlast@gmail.com")),
    ("email", "First.Last+tag@Mail.example", sha256("first.last+tag@mail.example")),
    ("email", "a.b@googlemail.com", sha256("ab@googlemail.com")),
    ("phone", "+48 600-100-200", sha256("+48600100200")),
    ("given_name", " Anna-Maria ", sha256("anna-maria")),
    ("family_name", "O'Neil", sha256("o'neil")),
    ("region_code", " pl", "PL"),
    ("postal_code", " 00-950 ", "00-950"),
]


@pytest.mark.parametrize(("field", "value", "expected"), VECTORS)
def test_a_value_is_written_as_google_wants_it(field: str, value: str, expected: str) -> None:
    assert GoogleConnector.objects()["user_list"].fields[field].prepare(value) == expected


del VendorSuite
