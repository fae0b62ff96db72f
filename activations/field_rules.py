"""How values are written for destinations; a connector says which of these a field of its platform wants."""

import re
import string
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

from activations.field_spec import Texts, digest_of, is_digest, quick
from heddle.errors import RejectRecord

Rule = Callable[[object], object]
_arrow: Any = pc  # its stubs know neither arrays of unknown kind nor whole numbers of 32 bits
_PLAIN_LOCAL_PART = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*")
_PLAIN_EMAIL = rf"\A(?P<local>{_PLAIN_LOCAL_PART.pattern.replace('(', '(?:')})@(?P<domain>[!-?A-~]+)\z"
_E164 = re.compile(r"\+([1-9][0-9]{7,14})")
_E164_BEGIN = r"\A\+(?P<begin>[1-9][0-9]{3})[0-9]{4,11}\z"
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
def emails(values: Texts) -> Texts:
    """The plain ones, lower-cased; of the domains each is looked at once."""
    texts: Texts = _arrow.ascii_lower(_arrow.ascii_trim_whitespace(values))
    local, domain = _parts(texts, _PLAIN_EMAIL)
    domains = domain.dictionary_encode()
    normal: Texts = pa.array([_domain(one) for one in domains.dictionary.to_pylist()], pa.string())
    short = _arrow.and_(
        _arrow.less_equal(_arrow.binary_length(local), 64), _arrow.less_equal(_arrow.binary_length(texts), 254)
    )
    return _arrow.if_else(short, _arrow.binary_join_element_wise(local, normal.take(domains.indices), "@"), None)


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
def phones(values: Texts) -> Texts:
    """Those that are E.164 already; of the beginnings with a length each is looked at once."""
    texts: Texts = _arrow.ascii_trim_whitespace(values)
    (begin,) = _parts(texts, _E164_BEGIN)
    digits = _arrow.cast(_arrow.subtract(_arrow.binary_length(texts), 1), pa.string())
    kinds = _arrow.binary_join_element_wise(begin, digits, " ").dictionary_encode()
    known = (kind.split() for kind in kinds.dictionary.to_pylist())
    plain = pa.array([_is_plain_begin(first, int(length)) for first, length in known], pa.bool_())
    return _arrow.if_else(plain.take(kinds.indices), texts, None)


def _parts(texts: Texts, pattern: str) -> list[Texts]:
    """The named parts of the pattern, each null where it does not fit."""
    return list(_arrow.extract_regex(texts, pattern).flatten())


def phone_digits(value: object) -> str:
    """E.164 without the plus."""
    return phone(value).removeprefix("+")


@quick(phone_digits)
def digits_of_phones(values: Texts) -> Texts:
    """Those that are E.164 already, without the plus."""
    return _arrow.utf8_slice_codeunits(phones(values), 1)


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
