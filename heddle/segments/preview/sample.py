"""Twenty of the members, so that a person can see whether they look right. Personal data is masked here."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from heddle.masked import masked
from heddle.segments.catalog import PROFILES_TABLE, Catalog, Field
from heddle.segments.judged import Judged
from heddle.segments.rules import TraitRule
from heddle.segments.segment import Segment
from heddle.segments.vocabulary import walk
from heddle.warehouse import Warehouse, column_list, identifier

SIZE = 20
PERSONAL = 3  # columns that tell people apart, masked


def sample(wh: Warehouse, segment: Segment, judged: Judged, catalog: Catalog) -> tuple[dict[str, str], ...]:
    """Column name -> what may be shown, always the same members for the same data. Reads the table `found`."""
    traits = list(_traits(segment, judged, catalog))
    keys = ["profile_id", *(["member_key"] if segment.per else [])]
    kept = [*keys, *judged.payload]
    columns = [f"f.{identifier(name)}" for name in kept]
    columns += [f"p.{identifier(trait.column)} as {identifier(trait.name)}" for trait in traits]
    rows = wh.query(
        f"select {', '.join(columns)} "
        f"from (select {column_list(kept)} from found order by md5(profile_id), {keys[-1]} limit {SIZE}) as f "
        f"left join profiles.{PROFILES_TABLE} as p on p.profile_id = f.profile_id "
        f"order by md5(f.profile_id), f.{keys[-1]}"
    ).to_pylist()
    personal = {trait.name for trait in traits if trait.pii}
    return tuple(
        {_title(name, segment): _shown(value, name in personal) for name, value in row.items()} for row in rows
    )


def _traits(segment: Segment, judged: Judged, catalog: Catalog) -> Iterator[Field]:
    """The traits that the rules and `top` name, then the first texts that tell people apart."""
    named = [rule.trait for _, rule in walk(segment) if isinstance(rule, TraitRule)]
    named += [segment.top.by] if segment.top else []
    personal = [trait.name for trait in catalog.traits.values() if trait.pii and trait.type == "text"]
    for name in dict.fromkeys([*named, *personal[:PERSONAL]]):
        if name not in judged.payload:
            yield catalog.traits[name]


def _title(name: str, segment: Segment) -> str:
    return segment.per if name == "member_key" and segment.per else name


def _shown(value: Any, personal: bool) -> str:
    if personal:
        return masked(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:,.2f}" if isinstance(value, float) else str(value)
