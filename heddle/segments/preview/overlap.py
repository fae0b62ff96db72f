"""Who of the members is in the largest other segments as well."""

from dataclasses import dataclass

from heddle.segments.published import stored_segments
from heddle.warehouse import Warehouse, identifier, literal

LARGEST = 5
_SIZES = """
    select segment, case verdict when 'ok' then members else previous end as members
    from segments.segment_runs
    qualify row_number() over (partition by segment order by as_of desc, run_at desc) = 1
    order by members desc, segment
"""


@dataclass(frozen=True)
class Overlap:
    """`people` are in that segment, `shared` in both; the shares (0 to 1) are of this segment and of that one."""

    segment: str
    people: int
    shared: int
    of_this: float
    of_that: float


def overlaps(wh: Warehouse, name: str, people: int) -> tuple[Overlap, ...]:
    """The largest stored segments but `name` itself, by size; reads the table `found`."""
    largest = [other for other in _by_size(wh) if other != name][:LARGEST]
    counts = [
        f"select {literal(other)} as segment, count(*) as people, count(*) filter (f.profile_id is not null) as shared "
        f"from (select distinct profile_id from segments.{identifier(f'segment_{other}')} where left_at is null) as s "
        "left join (select distinct profile_id from found) as f on f.profile_id = s.profile_id"
        for other in largest
    ]
    rows = wh.query("\nunion all\n".join(counts)).to_pylist() if counts else []
    ordered = sorted(rows, key=lambda row: largest.index(row["segment"]))
    return tuple(Overlap(**row, of_this=_share(row["shared"], people), of_that=_share(row["shared"], row["people"]))
                 for row in ordered)  # fmt: skip


def _by_size(wh: Warehouse) -> list[str]:
    """By what the last runs recorded: counting every segment anew would cost more than the preview itself."""
    known = stored_segments(wh)
    recorded = wh.query(_SIZES).to_pylist() if "segment_runs" in wh.tables("segments") else []
    names = [str(row["segment"]) for row in recorded if row["segment"] in known]
    return [*names, *sorted(known.difference(names))]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
