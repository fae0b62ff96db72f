"""What cannot be said: an outcome missing, one too many, a batch of two actions."""

from datetime import datetime

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from activations.contract import Batch, BatchResult, Operation, Options, Target
from activations.field_rules import email, phone, sha256
from activations.masking import mask_personal, mask_value
from activations.outcomes import Delivered, Outcome, Rejected
from activations.pacing import TokenBucket, audience_lock
from activations.registry import CONNECTORS
from heddle.errors import RejectRecord, SyncError
from heddle.settings import Settings

AS_OF = datetime.fromisoformat("2026-06-15T04:30:00")
TARGET = Target("s", "o", "a", "upsert", "nothing", "ads", AS_OF, (), Options())


def batch(size: int) -> Batch:
    return Batch(TARGET, tuple(Operation(n, "add", f"k{n}", {}) for n in range(size)))


@given(st.integers(1, 6), st.sets(st.integers(0, 8)))
def test_outcomes_must_match_operations_one_to_one(size: int, answered: set[int]) -> None:
    outcomes: dict[int, Outcome] = dict.fromkeys(answered, Delivered())
    if answered == set(range(size)):
        assert BatchResult(batch(size), outcomes).outcomes == outcomes
    else:
        with pytest.raises(ValueError, match="outcome"):
            BatchResult(batch(size), outcomes)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_list_of_outcomes_must_have_the_length_of_the_batch(count: int) -> None:
    with pytest.raises(ValueError, match="2 operations"):
        BatchResult.in_order(batch(2), [Delivered()] * count)


def test_an_http_status_is_no_outcome() -> None:
    with pytest.raises(ValueError, match="not an outcome: int"):
        BatchResult(batch(1), {0: 200})  # type: ignore[dict-item]


def test_a_batch_has_one_action_and_an_operation_once() -> None:
    with pytest.raises(ValueError, match="one action"):
        Batch(TARGET, (Operation(1, "add", "a", {}), Operation(2, "remove", "b", {})))
    with pytest.raises(ValueError, match="once"):
        Batch(TARGET, (Operation(1, "add", "a", {}), Operation(1, "add", "b", {})))


def test_messages_of_destinations_lose_personal_data() -> None:
    said = Rejected("550", "<Ann.Lee+x@mail.example>: no mailbox, call\n+48 601-123-456").message
    assert said == "<<e-mail>>: no mailbox, call <number>"
    assert mask_personal("row 17 of 200") == "row 17 of 200" and mask_value("Ann") == "A…(3)"


@pytest.mark.parametrize(("raw", "normal"), [(" Ann.Lee+Shop@Mail.Example ", "ann.lee+shop@mail.example")])
def test_email_keeps_dots_and_tags(raw: str, normal: str) -> None:
    assert email(raw) == normal


@given(st.emails() | st.text("ab.+_-@é ", max_size=12).map(lambda text: f"{text}@mail.example"))
def test_email_takes_what_the_validator_takes(raw: str) -> None:
    try:
        expected = validate_email(raw.strip().lower(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        with pytest.raises(RejectRecord):
            email(raw)
    else:
        assert email(raw) == expected


@pytest.mark.parametrize("raw", ["", None, "n/a", "a@b", "a b@mail.example", "@mail.example"])
def test_email_refuses_what_is_none(raw: object) -> None:
    with pytest.raises(RejectRecord, match="invalid_address"):
        email(raw)


def test_phone_is_e164_and_never_guessed() -> None:
    assert phone("+48 601 123 456") == "+48601123456"
    for raw in ("601123456", "+1", "call me", None):
        with pytest.raises(RejectRecord, match="invalid_address"):
            phone(raw)


@given(
    st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)), st.text("0123456789", min_size=5, max_size=12)
)
def test_the_short_way_for_plain_numbers_is_the_long_way(code: int, digits: str) -> None:
    written = f"+{code}{digits}"
    try:
        parsed = phonenumbers.parse(written, None)
        expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        possible = phonenumbers.is_possible_number(parsed)
    except phonenumbers.NumberParseException:
        possible = False
    if possible:
        assert phone(written) == expected
    else:
        with pytest.raises(RejectRecord):
            phone(written)


def test_what_gives_receipts_may_be_sent_twice() -> None:
    """Why nobody asks about a receipt again that is overdue: docs/decisions/0008."""
    ours = [one for one in CONNECTORS.values() if one.__module__.startswith("activations.")]
    specs = [spec for connector in ours for spec in connector.objects().values() if spec.receipts]
    assert len(specs) >= 5 and all(spec.kind == "record" and spec.idempotent for spec in specs)


def test_sha256_is_the_published_vector_and_happens_once() -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256("abc") == digest and sha256(digest) == digest


def test_the_bucket_paces_after_a_burst() -> None:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    bucket = TokenBucket(10, now=lambda: clock[0], sleep=sleep)
    for _ in range(30):
        bucket.take()
    assert clock[0] == pytest.approx(2.0)


def test_one_run_per_audience(tmp_path: object) -> None:
    settings = Settings.load(root=tmp_path, state=tmp_path)  # type: ignore[arg-type]
    with audience_lock(settings, "account", "vips"):
        with audience_lock(settings, "account", "others", wait=0.1):
            pass
        with pytest.raises(SyncError, match="busy"), audience_lock(settings, "account", "vips", wait=0.1):
            pass
