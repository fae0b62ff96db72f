"""The short way to E.164 must be indistinguishable from phonenumbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heddle.transform.phone_plugin import e164, e164_by_phonenumbers

REGIONS = st.sampled_from(["PL", "CZ", "ES", "PT", "GB", "US", "DE", "IT", None])
BARE = st.text("0123456789", min_size=1, max_size=13)
PREFIXED = st.builds(str.__add__, st.sampled_from(["48", "+48", "0048", "+420", "+34", "+351", "+44", "+1", "0"]), BARE)
TYPED = st.text("0123456789 +-().x", max_size=18)


@given(raw=BARE | PREFIXED | TYPED, region=REGIONS)
def test_both_ways_agree(raw: str, region: str | None) -> None:
    assert e164(raw, region) == e164_by_phonenumbers(raw, region)


@given(raw=BARE | PREFIXED, region=REGIONS)
def test_normalising_twice_is_normalising_once(raw: str, region: str | None) -> None:
    once = e164(raw, region)
    assert once is None or e164(once, None) == once


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("600 100 200", "+48600100200"),
        ("600-100-200", "+48600100200"),
        ("600100200", "+48600100200"),
        ("48600100200", "+48600100200"),
        ("+48 600 100 200", "+48600100200"),
        ("0048 600-100-200", "+48600100200"),
        ("(22) 621 10 10", "+48226211010"),
        ("+44 20 7946 0000", "+442079460000"),
        ("+10000000000", None),
        ("111111111", None),
        ("N/A", None),
        ("", None),
        (None, None),
    ],
)
def test_known_numbers(raw: str | None, expected: str | None) -> None:
    assert e164(raw, "PL") == expected
