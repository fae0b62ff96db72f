"""A value on its way to a destination: null, consistency, hashed as it is, normalise, validate, hash."""

import hashlib

import pytest

from activations.contract import FieldSpec
from activations.field_rules import email
from heddle.errors import RejectRecord

PLAIN = FieldSpec(kind="email", normalise=email)
HASHED = FieldSpec(kind="email", normalise=email, hash="sha256")
DIGEST = hashlib.sha256(b"ann@x.example").hexdigest()


@pytest.mark.parametrize("empty", [None, ""])
def test_nothing_stays_nothing(empty: object) -> None:
    assert HASHED.prepare(empty) is None and HASHED.prepare(empty, hashed=True) is None


def test_normalised_then_hashed() -> None:
    assert HASHED.prepare(" Ann@X.example ") == DIGEST
    assert PLAIN.prepare(" Ann@X.example ") == "ann@x.example"
    assert PLAIN.prepare("Ann@X.example", digest="sha256") == DIGEST


@pytest.mark.parametrize("written", [DIGEST, DIGEST.upper(), f" {DIGEST} "])
def test_what_is_hashed_already_is_not_hashed_again(written: str) -> None:
    assert HASHED.prepare(written) == HASHED.prepare(written, hashed=True) == DIGEST


def test_a_column_said_to_hold_hashes_never_sends_an_address() -> None:
    with pytest.raises(RejectRecord, match="not_hashed"):
        HASHED.prepare("ann@x.example", hashed=True)


def test_a_hash_is_no_address_for_a_destination_that_wants_addresses() -> None:
    with pytest.raises(RejectRecord, match="already_hashed"):
        PLAIN.prepare(DIGEST)
    assert FieldSpec().prepare(DIGEST) == DIGEST


def test_a_hash_of_another_kind_is_no_hash() -> None:
    with pytest.raises(RejectRecord, match="invalid_address"):
        HASHED.prepare(hashlib.md5(b"ann@x.example", usedforsecurity=False).hexdigest())


def test_the_last_word_has_the_destination() -> None:
    country = FieldSpec(normalise=lambda value: str(value).strip().lower(), valid=lambda value: len(str(value)) == 2)
    assert country.prepare(" PL ") == "pl" and country.prepare("  ") is None
    with pytest.raises(RejectRecord, match="invalid_value"):
        country.prepare("Poland")
