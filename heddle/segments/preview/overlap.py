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
    """The largest stored segments but `name` itself, by size; reads the table `found_people`."""
    largest = [other for other in _by_size(wh) if other != name][:LARGEST]
    if not largest:
        return ()
    stored = "\nunion all\n".join(_people(wh, other) for other in largest)
    counts = {row.pop("segment"): row for row in wh.query(f"""
        select s.segment, count(*) as people, count(f.profile_id) as shared
        from ({stored}) as s left join found_people as f on f.profile_id = s.profile_id
        group by 1""").to_pylist()}  # fmt: skip
    found = [(other, counts.get(other, {"people": 0, "shared": 0})) for other in largest]
    return tuple(
        Overlap(other, **row, of_this=_share(row["shared"], people), of_that=_share(row["shared"], row["people"]))
        for other, row in found
    )


def _people(wh: Warehouse, name: str) -> str:
    """Only where members have keys of their own, a person can be there twice."""
    table = f"segments.{identifier(f'segment_{name}')}"
    keyed = wh.scalar(f"select max(member_key) from {table}")
    columns = f"{literal(name)} as segment, profile_id"
    return f"select {'distinct' if keyed else ''} {columns} from {table} where left_at is null"


def _by_size(wh: Warehouse) -> list[str]:
    """By what the last runs recorded: counting every segment anew would cost more than the preview itself."""
    known = stored_segments(wh)
    recorded = wh.query(_SIZES).to_pylist() if "segment_runs" in wh.tables("segments") else []
    names = [str(row["segment"]) for row in recorded if row["segment"] in known]
    return [*names, *sorted(known.difference(names))]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
