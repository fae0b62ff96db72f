"""How many of the members may be written to, by channel and purpose."""

from dataclasses import dataclass

from heddle.segments.catalog import REACHABILITY_TABLE, Catalog
from heddle.warehouse import Warehouse

_SQL = f"""
    select r.channel, r.purpose, count(f.profile_id) as people
    from profiles.{REACHABILITY_TABLE} as r
    left join found_people as f on f.profile_id = r.profile_id
    where r.is_reachable
    group by 1, 2
"""


@dataclass(frozen=True)
class Reachable:
    """`share` is people / the members' people, 0 to 1."""

    channel: str
    purpose: str
    people: int
    share: float


def reach(wh: Warehouse, catalog: Catalog, people: int) -> tuple[Reachable, ...]:
    """Every channel and purpose by which anybody is reachable, in the order of the catalog; reads `found_people`."""
    if REACHABILITY_TABLE not in wh.tables("profiles"):
        return ()
    counts = {(row["channel"], row["purpose"]): row["people"] for row in wh.query(_SQL).to_pylist()}
    known = [(channel, purpose) for channel in catalog.channels for purpose in catalog.purposes]
    found = [(one, counts[one]) for one in known if one in counts]
    return tuple(Reachable(*one, number, number / people if people else 0.0) for one, number in found)
