"""The golden record and the traits of a profile: the columns of `profiles.profiles`, whichever it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heddle.identity.masking import Mask, PersonalColumns
from heddle.warehouse import Warehouse

PROFILES = "profiles.profiles"
_SOURCE, _TIME = "_source", "_observed_at"


@dataclass(frozen=True)
class Fact:
    """A field and its value; of a golden field also who won and when that was observed."""

    field: str
    value: str
    source: str | None = None
    observed_at: datetime | None = None


def golden_record(wh: Warehouse, profile_id: str, mask: Mask, personal: PersonalColumns) -> tuple[Fact, ...]:
    """One fact per field that survivorship decides, in the order of the table; a field without a value is left out."""
    row = _row(wh, profile_id)
    return tuple(
        Fact(name, _shown(name, row[name], mask, personal), row[name + _SOURCE], row.get(name + _TIME))
        for name in _golden_fields(row)
        if row[name] is not None
    )


def traits(wh: Warehouse, profile_id: str, mask: Mask, personal: PersonalColumns) -> tuple[Fact, ...]:
    """One fact per other column that has a value."""
    row = _row(wh, profile_id)
    golden = set(_golden_fields(row))
    companions = {name + end for name in golden for end in (_SOURCE, _TIME)}
    return tuple(
        Fact(name, _shown(name, value, mask, personal))
        for name, value in row.items()
        if value is not None and name not in golden | companions | {"profile_id"}
    )


def _golden_fields(row: dict[str, Any]) -> Iterator[str]:
    return (name for name in row if name + _SOURCE in row)


def _row(wh: Warehouse, profile_id: str) -> dict[str, Any]:
    if "profiles" not in wh.tables("profiles"):
        return {}
    rows = wh.query(f"select * from {PROFILES} where profile_id = ?", [profile_id]).to_pylist()
    return dict(rows[0]) if rows else {}


def _shown(name: str, value: object, mask: Mask, personal: PersonalColumns) -> str:
    if ("profiles", name) in personal:
        return mask.value(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
