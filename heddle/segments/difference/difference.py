"""One segment in two versions: who would enter and who would leave, on the same data at the same instant."""

from dataclasses import dataclass
from typing import Literal

from heddle.errors import HeddleError
from heddle.segments.catalog import Catalog
from heddle.segments.compiler import Clock, compile_segment, sql_text
from heddle.segments.difference.words import changed_words
from heddle.segments.guard import block_reason
from heddle.segments.published import check_built, members_stored
from heddle.segments.workspace import SegmentFile
from heddle.warehouse import Warehouse

Change = Literal["new", "changed", "deleted", "unchanged"]
_NOBODY = "select '' as profile_id, '' as member_key where 1 = 0"
_MOVES = """
    select
        (select count(*) from before_change) as before,
        (select count(*) from after_change) as after,
        (select count(*) from after_change anti join before_change using (profile_id, member_key)) as entering,
        (select count(*) from before_change anti join after_change using (profile_id, member_key)) as leaving
"""


@dataclass(frozen=True)
class Difference:
    """Members of both versions now; a version that does not exist or cannot be evaluated has None, and `problems` say
    why. `percent` is the change of size, None from or to nothing known. `stored` is what the last run left, `guard`
    why the next run would be blocked. `words` are the lines of both definitions, marked like a diff, of sound files."""

    name: str
    change: Change
    file: str
    before: int | None
    after: int | None
    entering: int | None
    leaving: int | None
    percent: float | None
    stored: int | None
    guard: str | None
    words: tuple[str, ...]
    problems: tuple[str, ...]


def difference(
    wh: Warehouse, catalog: Catalog, clock: Clock, old: SegmentFile | None, new: SegmentFile | None
) -> Difference:
    """At least one of `old` and `new` is given. Never raises for what is wrong with them: the others go on."""
    source = new or old
    assert source is not None, "a segment is in one version at least"
    problems: list[str] = []
    had = _fill(wh, "before_change", old, catalog, clock, problems)
    problems = [f"in the committed version: {problem}" for problem in problems]
    has = _fill(wh, "after_change", new, catalog, clock, problems)
    sizes = {name: int(size) for name, size in wh.query(_MOVES).to_pylist()[0].items()}
    stored = members_stored(wh, source.name)
    before, after = (one.segment if one else None for one in (old, new))
    return Difference(
        name=source.name,
        change=_change(old, new),
        file=source.file,
        before=sizes["before"] if had else None,
        after=sizes["after"] if has else None,
        entering=sizes["entering"] if had and has else None,
        leaving=sizes["leaving"] if had and has else None,
        percent=100 * (sizes["after"] / sizes["before"] - 1) if had and has and sizes["before"] else None,
        stored=stored,
        guard=block_reason(after.volume_guard, sizes["after"], stored) if after and has else None,
        words=changed_words(before, after, catalog) if _sound(old) and _sound(new) else (),
        problems=tuple(problems),
    )


def _fill(
    wh: Warehouse, table: str, source: SegmentFile | None, catalog: Catalog, clock: Clock, problems: list[str]
) -> bool:
    """A temporary table with the members of one version; whether they can be believed. Adds what is wrong."""
    wh.execute(f"create or replace temp table {table} as {_NOBODY}")
    if source is None:
        return True
    if source.segment is None:
        problems += [str(fault) for fault in source.faults if fault.severity == "error"]
        return False
    try:
        query = compile_segment(source.segment, catalog, clock)
        check_built(wh, query, source.file)
        sql = sql_text(query, wh.dialect)
        wh.execute(f"create or replace temp table {table} as select profile_id, member_key from ({sql}) as members")
    except HeddleError as error:
        problems.append(" ".join(str(error).split()))
        return False
    return True


def _sound(source: SegmentFile | None) -> bool:
    return source is None or source.segment is not None


def _change(old: SegmentFile | None, new: SegmentFile | None) -> Change:
    if old is None:
        return "new"
    if new is None:
        return "deleted"
    return "unchanged" if old.text == new.text else "changed"
