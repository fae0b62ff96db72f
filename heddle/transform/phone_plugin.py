"""dbt-duckdb plugin: the SQL function `heddle_e164(raw, region)`, phonenumbers on DuckDB.

profiles.yml names this module; dbt loads it for every connection. Models call the function on
distinct values only (`phone_numbers.sql`): Python holds the GIL, 25k numbers a second on the long
way, ten times that on the short one (docs/decisions/0004-phone-normalisation.md).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import phonenumbers
from dbt.adapters.duckdb.plugins import BasePlugin
from phonenumbers.phonemetadata import PhoneMetadata

NUMBER_KINDS = (
    "mobile",
    "fixed_line",
    "voip",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


def e164(raw: str | None, region: str | None) -> str | None:
    """The number in E.164 (`+48600100200`) if its country's numbering plan has it, else None."""
    if raw is None:
        return None
    plain = _plain_number(region)
    if plain is not None and (found := plain.pattern.fullmatch(raw)):
        return f"+{plain.country_code}{found[1]}"
    return e164_by_phonenumbers(raw, region)


def e164_by_phonenumbers(raw: str, region: str | None) -> str | None:
    """The same by phonenumbers alone: any spelling, any country."""
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PlainNumber:
    """The bare valid numbers of a region, with or without `+<country code>`, as one pattern."""

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.country_code = metadata.country_code
        kinds = (getattr(metadata, kind) for kind in NUMBER_KINDS)
        patterns = {kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern}
        general = metadata.general_desc.national_number_pattern if metadata.general_desc else ""
        any_kind = "|".join(f"(?:{pattern})" for pattern in sorted(patterns))
        self.pattern = re.compile(rf"(?:\+{self.country_code})?(?=(?:{general})$)((?:{any_kind}))", re.ASCII)


@cache
def _plain_number(region: str | None) -> PlainNumber | None:
    """None where a bare number is ambiguous: trunk prefixes to strip, or a country code that is shared."""
    metadata = PhoneMetadata.metadata_for_region(region) if region else None
    if metadata is None or metadata.country_code is None or metadata.national_prefix_for_parsing:
        return None
    if len(phonenumbers.region_codes_for_country_code(metadata.country_code)) != 1:
        return None
    return PlainNumber(metadata)


class Plugin(BasePlugin):
    """Registers `heddle_e164` on each connection that dbt opens."""

    def configure_connection(self, conn: Any) -> None:
        conn.create_function("heddle_e164", e164, ["VARCHAR", "VARCHAR"], "VARCHAR", null_handling="special")
