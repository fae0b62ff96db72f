import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any, ClassVar

import pytest
from connector_suite import Failure, surroundings
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from message_suite import MessageSuite
from pydantic import ValidationError

from activations.client import Unreachable
from activations.connectors import webpush
from activations.connectors.webpush import PushOptions, WebPushConfig, WebPushConnector, _origin
from activations.contract import Batch, Operation, Options
from activations.field_spec import FieldSpec
from activations.http_connector import SANDBOX_SECRET
from activations.outcomes import Delivered, Rejected, Unknown
from activations.patience import Patience, send_patiently
from activations.sandbox.vendors.webpush import subscription
from activations.vapid import Vapid
from activations.web_push_message import decrypted, encrypted, point, to_bytes, to_text
from heddle.errors import RejectRecord, StopSync

KEY = to_text(bytes(range(1, 33)))
NAMES = ("endpoint", "p256dh", "auth")


class TestWebPush(MessageSuite):
    """The judge of requests is a push service in this process that checks the signature and opens the message."""

    vendor, connector_type, object = "webpush", WebPushConnector, "message"
    config = {"key_env": "TOKEN", "subject": "mailto:push@shop.example"}
    secrets: ClassVar[dict[str, str]] = {"TOKEN": KEY}
    suppresses = True
    bodiless = True

    def options(self) -> Options:
        return PushOptions(title="t", body="b", url="u", ttl=600, urgency="high", topic="cart")

    def texts(self, n: int) -> dict[str, str]:
        return {"title": f"Hello k{n}", "body": "zażółć", "url": f"https://shop.example/{n}"}

    def fields(self, n: int) -> dict[str, object]:
        return {**subscription(f"{self.sandbox.url}/webpush", f"browser-{n:04d}"), "points": n}

    def who(self, n: int) -> str:
        return f"browser-{n:04d}"

    def stops(self) -> list[Failure]:
        """Not what is said of one subscription: 401 and 403 may be about the key that it was made with."""
        return [self.unpaid]

    @contextmanager
    def unpaid(self) -> Iterator[None]:
        vendor, answer = self.sandbox.vendors["webpush"], self.sandbox.vendors["webpush"].answer
        vendor.answer = lambda request: vendor.error(402, "unpaid")  # type: ignore[method-assign]
        yield
        vendor.answer = answer  # type: ignore[method-assign]

    @contextmanager
    def second_fails(self) -> Iterator[None]:
        vendor, answer = self.sandbox.vendors["webpush"], self.sandbox.vendors["webpush"].answer
        sent = count()

        def once(request: Any) -> Any:
            return answer(request) if next(sent) == 0 else vendor.error(402, "unpaid")

        vendor.answer = once  # type: ignore[method-assign]
        yield
        vendor.answer = answer  # type: ignore[method-assign]

    def test_check_tells_good_credentials_from_bad_ones(self, connector: Any) -> None:
        connector.check()
        for bad in ("no key", to_text(b"short"), "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"):
            other = WebPushConnector(connector._config, surroundings(self.folder, {"TOKEN": bad}))
            with pytest.raises(StopSync, match="VAPID"):
                other.check()

    def test_the_sandbox_is_one_account_without_a_key(self, connector: Any) -> None:
        taken = surroundings(self.folder, {"TOKEN": SANDBOX_SECRET})
        made = [WebPushConnector(connector._config, taken) for _ in range(2)]
        assert made[0].account() == made[1].account()

    def test_what_the_browser_reads_is_what_was_meant(self, connector: Any) -> None:
        assert isinstance(self.send(connector, self.batch(7))[7], Delivered)
        (held,) = self.shelf().values()
        assert held["title"] == "Hello k7" and held["body"] == "zażółć" and held["data"] == {"points": 7}
        assert (held["ttl"], held["urgency"], held["topic"]) == ("600", "high", "cart")
        assert held["message_id"] == self.batch(7).operations[0].message_id

    def test_neither_the_message_nor_the_subscription_is_readable_on_the_way(self, connector: Any) -> None:
        self.send(connector, self.batch(0))
        (call,) = self.sent
        assert b"Hello" not in call.body and b"points" not in call.body and len(call.body) <= 4_096
        shown = connector.preview(self.batch(0))
        subscribed = self.fields(0)
        assert not [name for name in NAMES if str(subscribed[name]) in shown] and KEY not in shown
        assert "browser-0000" not in shown and "Hello k0" not in shown and "Urgency: high" in shown

    @pytest.mark.parametrize(("status", "code", "suppress", "scope"), [
        ("404", "gone", True, "row"),
        ("413", "payload_too_large", False, "row"),
        ("400", "http_400", False, "batch"),
    ])  # fmt: skip
    def test_the_status_says_what_became_of_it(
        self, connector: Any, status: str, code: str, suppress: bool, scope: str
    ) -> None:
        self.sandbox.fail("webpush", status)  # type: ignore[arg-type]
        outcome = connector.send(self.batch(0)).outcomes[0]
        assert (outcome.code, outcome.suppress, outcome.scope, outcome.retryable) == (code, suppress, scope, False)

    @pytest.mark.parametrize("status", [307, 401, 403, 405])
    def test_subscriptions_of_another_key_stop_nobody_else(self, connector: Any, status: int) -> None:
        vendor, answer = self.sandbox.vendors["webpush"], self.sandbox.vendors["webpush"].answer

        def other_key(request: Any) -> Any:
            return vendor.error(status, "mismatch") if request.path.endswith("-0001") else answer(request)

        vendor.answer = other_key  # type: ignore[method-assign]
        outcomes = self.send(connector, self.batch(0, 1, 2))
        code = "key_mismatch" if status in (401, 403) else f"http_{status}"
        assert outcomes[1].code == code and len(self.shelf()) == 2  # type: ignore[union-attr]

    def test_an_endpoint_where_nobody_is_stops_nobody_else(
        self, connector: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send = connector._client.send

        def nobody(method: str, url: str, *more: Any) -> Any:
            if url.endswith("-0001"):
                raise Unreachable("nobody answers at the destination")
            return send(method, url, *more)

        monkeypatch.setattr(connector._client, "send", nobody)
        outcomes = self.send(connector, self.batch(0, 1, 2))
        assert (outcomes[1].code, outcomes[1].retryable) == ("no_service_there", True)  # type: ignore[union-attr]
        assert len(self.shelf()) == 2
        alone = send_patiently(connector, self.batch(1), Patience(attempts=1))
        assert alone.stop is None and alone.outcomes[1].code == "no_service_there"  # type: ignore[union-attr]

    @contextmanager
    def answering(self, by_name: dict[str, int | str]) -> Iterator[None]:
        """The status that subscriptions get whose name starts so, or `down` where nobody answers in time."""
        vendor, answer = self.sandbox.vendors["webpush"], self.sandbox.vendors["webpush"].answer

        def told(request: Any) -> Any:
            name = request.path.rpartition("/")[2]
            status = next((status for start, status in by_name.items() if name.startswith(start)), None)
            return vendor.error(int(status), "said so") if status else answer(request)

        vendor.answer = told  # type: ignore[method-assign]
        yield
        vendor.answer = answer  # type: ignore[method-assign]

    def at_services(self, *names: str) -> Batch:
        """Rows of browsers; the first letters say which service each is of: one port, several names of this machine."""
        rows = []
        for n, name in enumerate(names):
            given = subscription(f"{self.sandbox.url}/webpush", name)
            rows.append(Operation(n, "add", name, dict(given), self.texts(n), f"m{n}"))
        return Batch(self.target(), tuple(rows))

    @pytest.fixture
    def by_letter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each subscription's service is the first letter of its name."""
        monkeypatch.setattr(
            webpush, "_service", lambda row: str(row.fields["endpoint"]).rpartition("/")[2][0], raising=True
        )

    @pytest.mark.usefixtures("by_letter")
    @pytest.mark.parametrize("status", [429, 503, 500, 402])
    def test_a_service_that_fails_keeps_only_its_own_rows_waiting(self, connector: Any, status: int) -> None:
        calm = Patience(attempts=2, sleep=lambda seconds: None)
        with self.answering({"a": status}):
            sent = send_patiently(connector, self.at_services("a1", "b1", "a2", "a3", "b2", "c1"), calm)
            calls = self.sandbox.calls["webpush"]
            again = send_patiently(connector, self.at_services("a4", "b3"), calm)
        assert sent.stop is None and again.stop is None and not sent.pause
        delivered = {n for n, outcome in sent.outcomes.items() if isinstance(outcome, Delivered)}
        assert delivered == {1, 4, 5} and isinstance(again.outcomes[1], Delivered)
        assert self.sandbox.calls["webpush"] == calls + 1, "it is left alone for the rest of the run"
        kept = [outcome for n, outcome in sent.outcomes.items() if n not in delivered] + [again.outcomes[0]]
        doubtful = [outcome for outcome in kept if isinstance(outcome, Unknown)]
        assert len(doubtful) == (2 if status == 500 else 0)
        waits = [outcome for outcome in kept if outcome not in doubtful]
        assert {(o.code, o.retryable, o.scope) for o in waits} == {("service_unavailable", True, "row")}  # type: ignore[union-attr]

    @pytest.mark.usefixtures("by_letter")
    def test_a_service_that_asks_for_an_hour_pauses_nobody_else(self, connector: Any) -> None:
        self.sandbox.fail("webpush", "429", retry_after="3600")
        sent = send_patiently(connector, self.at_services("a1", "b1"), Patience(sleep=lambda seconds: None))
        assert sent.stop is None and sent.pause == 0 and isinstance(sent.outcomes[1], Delivered)
        assert sent.outcomes[0] == Rejected("service_unavailable", "the destination answers 429", retryable=True)

    def test_a_destination_that_goes_on_failing_stops_the_sync_with_nothing_lost(self, connector: Any) -> None:
        """It does not stop it: the rows of the others, in later batches, are to go out."""
        self.sandbox.fail("webpush", "503", times=9)
        sent = send_patiently(connector, self.batch(0, 1), Patience(sleep=lambda seconds: None))
        assert sent.stop is None and "mail.example" not in str(sent.outcomes)
        assert {(o.code, o.retryable) for o in sent.outcomes.values()} == {("service_unavailable", True)}  # type: ignore[union-attr]

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_wrong_key_stops_the_sync_and_is_no_fault_of_a_row(self, connector: Any, status: int) -> None:
        calm = Patience(attempts=2, sleep=lambda seconds: None)
        with self.answering({"gone": 410, "": status}):
            for names in (["x", "y", "z"], ["x"], ["gone1", "x", "y"]):
                sent = send_patiently(connector, self.at_services(*names), calm)
                assert sent.stop and "refuse our key" in str(sent.stop) and "key_env" in str(sent.stop)
                assert [names[n] for n in sent.outcomes] == [name for name in names if name == "gone1"]

    @pytest.mark.usefixtures("by_letter")
    def test_a_key_that_one_service_refuses_and_another_takes_keeps_the_rows_of_that_one_waiting(
        self, connector: Any
    ) -> None:
        with self.answering({"a": 403}):
            sent = send_patiently(connector, self.at_services("a1", "b1", "a2"), Patience(attempts=1))
        assert sent.stop is None and isinstance(sent.outcomes[1], Delivered)
        assert {(sent.outcomes[n].code, sent.outcomes[n].retryable) for n in (0, 2)} == {("key_mismatch", True)}  # type: ignore[union-attr]

    def test_a_message_that_is_too_long_costs_no_call(self, connector: Any) -> None:
        rows = [replace(self.operation(n, "add"), texts={"title": "t", "body": "x" * (4_000 * n)}) for n in (0, 1)]
        outcomes = self.send(connector, Batch(self.target(), tuple(rows)))
        assert isinstance(outcomes[0], Delivered) and outcomes[1].code == "payload_too_large"  # type: ignore[union-attr]
        assert len(self.sent) == 1
        full = replace(rows[0], texts={"title": "t", "body": "x" * 3_800})
        assert isinstance(self.send(connector, Batch(self.target(), (full,)))[0], Delivered)

    def test_no_endpoint_leads_anywhere_but_to_the_sandbox(self, connector: Any) -> None:
        fields = {**self.fields(0), "endpoint": "https://fcm.googleapis.com/fcm/send/x"}
        outcomes = connector.send(
            Batch(self.target(), (Operation(0, "add", "k", fields, self.texts(0), "m"),))
        ).outcomes
        assert outcomes[0].code == "no_push_service" and not self.sent


@pytest.mark.parametrize(("endpoint", "taken"), [
    ("https://fcm.googleapis.com/fcm/send/abc", True),
    ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
    ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
    ("https://web.push.apple.com:443/abc", True),
    ("http://fcm.googleapis.com/fcm/send/abc", False),
    ("https://fcm.googleapis.com:8443/abc", False),
    ("https://fcm.googleapis.com@10.0.0.1/abc", False),
    ("https://10.0.0.1/fcm.googleapis.com", False),
    ("https://169.254.169.254/latest/meta-data", False),
    ("https://127.0.0.1/x", False),
    ("https://[::1]/x", False),
    ("https://localhost/x", False),
    ("https://notfcm.googleapis.com/x", False),
    ("https://fcm.googleapis.com.evil.example/x", False),
    ("https://user@fcm.googleapis.com/x", False),
    (r"https://10.0.0.1\.fcm.googleapis.com/x", False),
    ("https://10.0.0.1;.fcm.googleapis.com/x", False),
])  # fmt: skip
def test_only_the_services_of_the_connection_are_called(tmp_path: Any, endpoint: str, taken: bool) -> None:
    """An endpoint is what a browser, or somebody who says to be one, has given the shop."""
    config = WebPushConfig(key_env="TOKEN", subject="mailto:push@shop.example")
    assert WebPushConnector(config, surroundings(tmp_path))._is_ours(endpoint) is taken


@pytest.mark.parametrize(
    "value", ["ftp://x/y", "fcm.googleapis.com/x", "https://", "https://a b/c", "https://h:x/", r"https://a\.b/c", ""]
)
def test_an_address_that_is_none_is_refused_before_the_plan(value: str) -> None:
    spec = WebPushConnector.objects()["message"].field("endpoint")
    if value:
        with pytest.raises(RejectRecord):
            spec.prepare(value)
    else:
        assert spec.prepare(value) is None


@pytest.mark.parametrize(("name", "value"), [
    ("p256dh", "AAAA"), ("p256dh", to_text(b"\x04" + b"\x01" * 64)), ("p256dh", "ż"), ("auth", "AAAA"), ("auth", "?"),
])  # fmt: skip
def test_keys_that_are_none_are_refused_before_the_plan(name: str, value: str) -> None:
    with pytest.raises(RejectRecord):
        spec(name).prepare(value)


def test_keys_in_either_alphabet_are_one_key() -> None:
    key = bytes([251, 255] * 8)
    assert spec("auth").prepare("+/+/" * 5 + "+w==") == spec("auth").prepare(
        to_text(bytes([251, 255, 191] * 5 + [251]))
    )
    assert to_bytes(to_text(key)) == key


def spec(name: str) -> FieldSpec:
    return WebPushConnector.objects()["message"].field(name)


def test_the_example_of_the_rfc() -> None:
    """RFC 8291, section 5 and appendix A."""
    message = b"When I grow up, I want to be a watermelon"
    browser = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    auth, salt = to_bytes("BTBZMqHH6r4Tts7J_aSIgg"), to_bytes("DGv6ra1nlYgDCS1FRnbzlw")
    wanted = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    own = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    assert to_text(encrypted(message, to_bytes(browser), auth, salt, own)) == wanted
    assert decrypted(to_bytes(wanted), private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), auth) == message


@given(st.binary(max_size=3_993))
def test_every_message_is_read_back_by_its_browser_and_by_no_other(message: bytes) -> None:
    mine, other = private(KEY), private(to_text(bytes(range(2, 34))))
    body = encrypted(message, point(mine.public_key()), bytes(16))
    assert len(body) <= 4_096 and decrypted(body, mine, bytes(16)) == message
    for key, auth in ((other, bytes(16)), (mine, bytes([1] * 16))):
        with pytest.raises(ValueError, match="browser"):
            decrypted(body, key, auth)


def test_a_key_is_read_in_both_forms_and_a_statement_is_made_once_per_service() -> None:
    pem = private(KEY).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    vapid = Vapid(pem, "mailto:push@shop.example")
    assert vapid.public == Vapid(KEY, "mailto:push@shop.example").public
    first = vapid.authorization("https://a.example")
    assert vapid.authorization("https://a.example") == first != vapid.authorization("https://b.example")
    claims = json.loads(to_bytes(first.split(".")[1]))
    assert _origin("https://Web.Push.Apple.com:443/x") == "https://web.push.apple.com"
    assert claims["aud"] == "https://a.example" and claims["sub"] == "mailto:push@shop.example"


def test_how_to_reach_us_is_an_address() -> None:
    with pytest.raises(ValidationError):
        WebPushConfig(key_env="K", subject="push@shop.example")


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(to_bytes(text), "big"), ec.SECP256R1())


del MessageSuite
