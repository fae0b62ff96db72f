"""How values are written for destinations; a connector says which of these a field of its platform wants."""

import re
import string
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from math import isfinite

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from activations.field_spec import digest_of, is_digest, quick
from heddle.errors import RejectRecord

Rule = Callable[[object], object]
_PLAIN_LOCAL_PART = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*")
_E164 = re.compile(r"\+([1-9][0-9]{7,14})")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


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


@quick(email)
def emails(values: Sequence[str]) -> list[str | None]:
    """The plain ones, lower-cased."""
    return [_plain_email(*value.strip().lower().rpartition("@")) for value in values]


def _plain_email(local: str, at: str, domain: str) -> str | None:
    if len(local) > 64 or len(local) + len(domain) >= 254 or not _PLAIN_LOCAL_PART.fullmatch(local):
        return None
    normal = _domain(domain)
    return f"{local}{at}{normal}" if normal else None


@lru_cache(maxsize=10_000)
def _domain(domain: str) -> str | None:
    normal = _validated(f"a@{domain}")
    return normal.removeprefix("a@") if normal else None


def _validated(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=True).normalized.lower()
    except EmailNotValidError:
        return None


def gmail_plain(value: object) -> str:
    """An e-mail of gmail.com or googlemail.com without dots and tag, as Google matches them; any other as `email`."""
    local, _, domain = email(value).rpartition("@")
    if domain in ("gmail.com", "googlemail.com"):
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}"


def phone(value: object) -> str:
    """E.164. A number without a country code is refused: guessing one would write to a stranger."""
    text = str(value or "").strip()
    if _is_plain(text):
        return text
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise RejectRecord("invalid_address") from None
    if not phonenumbers.is_possible_number(parsed):
        raise RejectRecord("invalid_address")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _is_plain(text: str) -> bool:
    """E.164 already, in a country without a national prefix: there is nothing that parsing could take away. Most
    numbers of a warehouse are, and parsing is ten times the work of the rest."""
    return _E164.fullmatch(text) is not None and _is_plain_begin(text[1:5], len(text) - 1)


@lru_cache(maxsize=50_000)
def _is_plain_begin(begin: str, length: int) -> bool:
    """By the first four digits of a number and how many it has."""
    code = next((begin[:n] for n in (1, 2, 3) if int(begin[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)
    return code is not None and begin[len(code)] != "0" and _possible(int(code), length - len(code))


def _possible(code: int, length: int) -> bool:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        code, phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]
    )
    if metadata is None or metadata.national_prefix or metadata.national_prefix_for_parsing:
        return False
    number = phonenumbers.PhoneNumber(country_code=code, national_number=int("2" * length))
    return bool(phonenumbers.is_possible_number(number))


@quick(phone)
def phones(values: Sequence[str]) -> list[str | None]:
    """Those that are E.164 already."""
    return [plain if _is_plain(plain := value.strip()) else None for value in values]


def phone_digits(value: object) -> str:
    """E.164 without the plus."""
    return phone(value).removeprefix("+")


@quick(phone_digits)
def digits_of_phones(values: Sequence[str]) -> list[str | None]:
    """Those that are E.164 already, without the plus."""
    return [plain[1:] if plain else None for plain in phones(values)]


def lower(value: object) -> str:
    return str(value).strip().lower()


def name(value: object) -> str:
    """Lower-case, without ASCII punctuation; letters of any alphabet stay."""
    return " ".join(lower(value).translate(_PUNCTUATION).split())


def joined(value: object) -> str:
    """As `name`, without spaces."""
    return name(value).replace(" ", "")


def postal_code(value: object) -> str:
    """Lower-case, without spaces and dashes."""
    return re.sub(r"[\s-]+", "", lower(value))


def country(value: object) -> str:
    """Two letters, lower-case."""
    text = lower(value)
    if not re.fullmatch(r"[a-z]{2}", text):
        raise RejectRecord("invalid_country")
    return text


def number(value: object) -> float:
    """A finite number that is not negative."""
    try:
        found = float(str(value))
    except ValueError:
        raise RejectRecord("invalid_number") from None
    if not isfinite(found) or found < 0:
        raise RejectRecord("invalid_number")
    return found


def day(value: object) -> date:
    """A date, from one or from ISO text."""
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise RejectRecord("invalid_date") from None


def sha256(value: object) -> str:
    """Lower-case hex of the UTF-8 text; a value that is a SHA-256 in hex already stays as it is."""
    return str(value).strip().lower() if is_digest(value, "sha256") else digest_of(value, "sha256")


def choice(*words: str) -> Rule:
    """One of the words, in lower case; the first letter is enough where it is one of them."""

    def chosen(value: object) -> str:
        text = lower(value)
        found = text if text in words else text[:1]
        if found not in words:
            raise RejectRecord("invalid_choice")
        return found

    return chosen


def text(longest: int) -> Rule:
    """Text of at most `longest` characters; a longer one is refused, never cut."""

    def fitting(value: object) -> str:
        said = str(value)
        if len(said) > longest:
            raise RejectRecord("too_long")
        return said

    return fitting
