"""How values are written for destinations: e-mail, phone, hashes."""

import hashlib
import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from heddle.errors import RejectRecord

_PLAIN_LOCAL_PART = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*")


def email(value: object) -> str:
    """Lower-cased, validated by syntax only (no look-up): dots and tags are part of the address and stay."""
    text = str(value or "").strip().lower()
    local, _, domain = text.rpartition("@")
    plain = len(local) <= 64 and len(text) <= 254 and _PLAIN_LOCAL_PART.fullmatch(local)
    # most addresses share few domains, and checking the domain is nearly all of the work
    normal = f"{local}@{found}" if plain and (found := _domain(domain)) else _validated(text)
    if normal is None:
        raise RejectRecord("invalid_address")
    return normal


@lru_cache(maxsize=10_000)
def _domain(domain: str) -> str | None:
    normal = _validated(f"a@{domain}")
    return normal.removeprefix("a@") if normal else None


def _validated(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=True).normalized.lower()
    except EmailNotValidError:
        return None


def phone(value: object) -> str:
    """E.164. A number without a country code is refused: guessing one would write to a stranger."""
    try:
        parsed = phonenumbers.parse(str(value or "").strip(), None)
    except phonenumbers.NumberParseException:
        raise RejectRecord("invalid_address") from None
    if not phonenumbers.is_possible_number(parsed):
        raise RejectRecord("invalid_address")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def sha256(value: object) -> str:
    """Lower-case hex of the UTF-8 text; a value that is a SHA-256 in hex already stays as it is."""
    text = str(value)
    if len(text) == 64 and all(character in "0123456789abcdef" for character in text):
        return text
    return hashlib.sha256(text.encode()).hexdigest()
