"""How many people two segments have in common, over the largest segments."""

from dataclasses import dataclass
from itertools import combinations

from heddle.warehouse import Warehouse

LARGEST = 15
# One bit per segment and one count per combination that occurs: a few thousand rows, however many people there are.
SIZES = f"""
    select segment, count(distinct profile_id) as people
    from segments.segment_memberships group by segment order by people desc, segment limit {LARGEST}
"""
COMBINATIONS = """
    with places as (select unnest(?) as segment, generate_subscripts(?, 1) - 1 as place),
    people as (
        select profile_id, bit_or(cast(1 as bigint) << cast(place as bigint)) as places
        from segments.segment_memberships join places using (segment) group by profile_id
    )
    select places, count(*) as people from people group by places
"""


@dataclass(frozen=True)
class Overlap:
    """Segments by size, largest first; `shared[i][j]` people are in both, `shared[i][i]` in the one."""

    names: tuple[str, ...]
    shared: tuple[tuple[int, ...], ...]

    def share(self, one: int, other: int) -> float:
        """Of the smaller of the two, how much is in the larger: 0 to 1."""
        smaller = min(self.shared[one][one], self.shared[other][other])
        return self.shared[one][other] / smaller if smaller else 0.0

    def pairs(self) -> list[tuple[int, int]]:
        """Every pair (larger, smaller) once, the most alike first."""
        return sorted(combinations(range(len(self.names)), 2), key=lambda pair: (-self.share(*pair), pair))


def segment_overlap(wh: Warehouse) -> Overlap:
    """The overlap of the stored memberships; people count once, whatever the member key."""
    names = [str(row["segment"]) for row in wh.query(SIZES).to_pylist()]
    shared = [[0] * len(names) for _ in names]
    for row in wh.query(COMBINATIONS, [names, names]).to_pylist() if names else ():
        inside = [place for place in range(len(names)) if row["places"] >> place & 1]
        for one in inside:
            for other in inside:
                shared[one][other] += row["people"]
    return Overlap(tuple(names), tuple(map(tuple, shared)))
