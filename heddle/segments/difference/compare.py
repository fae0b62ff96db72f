"""All segments in two versions: the files as they lie here against a commit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from heddle.segments.advice import nested_words
from heddle.segments.compiler import Clock
from heddle.segments.difference.committed import committed
from heddle.segments.difference.difference import Difference, difference
from heddle.segments.lookup import find_segment
from heddle.segments.published import count_of, instant_of, open_published
from heddle.segments.workspace import SegmentFile, catalog_of, check_texts, read_workspace
from heddle.settings import Settings

_ASIDE = {"title", "owner", "refresh", "volume_guard"}
Pair = tuple[SegmentFile | None, SegmentFile | None]


@dataclass(frozen=True)
class Comparison:
    """`differences` are in the order of their names; `unchanged` files were left out. Both versions are evaluated on
    the published copy at `as_of`, with today's catalog; `people` is the number of all profiles there."""

    revision: str
    commit: str
    as_of: datetime
    people: int
    differences: tuple[Difference, ...]
    unchanged: int


def compare(settings: Settings, revision: str = "HEAD", name: str | None = None) -> Comparison:
    """Every segment that differs from `revision`, or only `name`, whether it differs or not. Raises SegmentError
    outside a git checkout and for an unknown revision or name, WarehouseError when nothing is published."""
    catalog = catalog_of(settings)
    then = committed(settings, revision)
    old, new = check_texts(then.texts, catalog), read_workspace(settings, catalog)
    pairs = _pairs(old, new)
    changed = [pair for pair in pairs if _text(pair[0]) != _text(pair[1])]
    asked = changed if name is None else [_named(pairs, name)]
    with open_published(settings) as wh:
        as_of = instant_of(wh, settings)
        clock = Clock.at(as_of, settings.time_zone)
        found = [_with_notes(difference(wh, catalog, clock, *pair), pair, changed) for pair in asked]
        people = count_of(wh, "select count(*) from profiles.profiles")
    return Comparison(revision, then.commit, as_of, people, tuple(found), len(pairs) - len(changed))


def _pairs(old: Sequence[SegmentFile], new: Sequence[SegmentFile]) -> list[Pair]:
    """By name: a file that moved to another group is the same segment."""
    before, after = ({source.name: source for source in reversed(one)} for one in (old, new))
    return [(before.get(name), after.get(name)) for name in sorted({*before, *after})]


def _named(pairs: Sequence[Pair], name: str) -> Pair:
    known = [source for pair in pairs for source in pair if source is not None]
    found = find_segment(known, name)
    return next(pair for pair in pairs if found in pair)


def _text(source: SegmentFile | None) -> str | None:
    return source.text if source else None


def _with_notes(found: Difference, pair: Pair, changed: Sequence[Pair]) -> Difference:
    """Says so where the sizes rest on another segment whose rules the same change touches."""
    moved = {source.name for one in changed if _audience(one[0]) != _audience(one[1]) for source in one if source}
    reads = dict.fromkeys(word for source in pair for word in _reads(source) if word in moved)
    notes = [f"it reads the members of {word} as stored, and this change touches {word} too" for word in reads]
    return replace(found, problems=(*found.problems, *notes))


def _audience(source: SegmentFile | None) -> object:
    """What decides who is in: not the title, the owner, the schedule or a comment."""
    segment = source.segment if source else None
    return {name: value for name, value in segment or () if name not in _ASIDE}


def _reads(source: SegmentFile | None) -> list[str]:
    return [word for _, word in nested_words(source.segment)] if source and source.segment else []
