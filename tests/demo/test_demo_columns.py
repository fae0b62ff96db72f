"""Properties of the small parts that everything else is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from heddle.demo.phones import national_numbers, spelled
from heddle.demo.text import hexadecimal, money, reference, scramble
from heddle.demo.times import DAY, QUIET_FROM, QUIET_TO, awake, iso, iso_day, milliseconds

INSTANTS = st.datetimes(datetime(1931, 1, 1), datetime(2059, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS)
def test_iso_is_the_standard_librarys(instant: datetime) -> None:
    at = np.array([milliseconds(instant)])
    whole = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(at[0]))
    assert datetime.fromisoformat(str(iso(at)[0])) == whole
    assert str(iso_day(at)[0]) == whole.date().isoformat()


@given(INSTANTS)
def test_awake_only_moves_back_out_of_the_quiet_hours(instant: datetime) -> None:
    at = np.array([milliseconds(instant)])
    moved = awake(at)
    assert not QUIET_FROM <= moved[0] % DAY < QUIET_TO
    assert 0 <= at[0] - moved[0] <= QUIET_TO - QUIET_FROM


@given(st.integers(0, 20_000_000), st.sampled_from([0, 1, 2]), st.integers(0, 50))
def test_every_spelling_is_the_same_number(index: int, country: int, seed: int) -> None:
    where, digits, e164 = national_numbers(np.array([index]), np.array([country]), seed)
    typed = str(spelled(np.random.default_rng(seed), where, digits)[0])
    typed = "+" + typed[2:] if typed.startswith("00") else typed
    number = phonenumbers.parse(typed, "PL")
    assert phonenumbers.is_valid_number(number)
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == str(e164[0])


@given(st.integers(0, 2**28), st.integers(1, 200_000_000))
def test_references_of_neighbours_differ(first: int, multiplier: int) -> None:
    ids = reference("u", first + np.arange(50), multiplier).to_pylist()
    assert len(set(ids)) == 50
    assert {len(str(value)) for value in ids} == {10}


@given(st.lists(st.integers(0, 2**62), min_size=1, unique=True), st.integers(0, 100))
def test_scramble_keeps_keys_distinct(keys: list[int], salt: int) -> None:
    mixed = scramble(np.array(keys), salt)
    assert len(set(mixed.tolist())) == len(keys)
    assert hexadecimal(mixed).to_pylist() == [f"{value:016x}" for value in mixed.tolist()]


@given(st.integers(0, 10**12))
def test_money_has_two_decimals(cents: int) -> None:
    assert str(money(np.array([cents]))[0]) == f"{cents // 100}.{cents % 100:02d}"
