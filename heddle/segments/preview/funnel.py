"""How many people each line of a segment keeps: by itself, and together with the lines above it."""

from collections.abc import Iterator
from dataclasses import dataclass

from heddle.segments.catalog import Catalog
from heddle.segments.compiler import sql_text
from heddle.segments.describe import rule_words
from heddle.segments.judged import JUDGED, Judged, members_of
from heddle.segments.segment import Segment
from heddle.warehouse import Warehouse

SPLITS = ("top", "sample", "holdout")


@dataclass(frozen=True)
class Step:
    """A line in words. `alone` counts the people for whom this line is true whatever the others say, None where that
    means nothing (a split); `left` those who remain after this line and all above it."""

    words: str
    alone: int | None
    left: int


def funnel(wh: Warehouse, segment: Segment, judged: Judged, catalog: Catalog, base: int) -> tuple[Step, ...]:
    """The lines of `who` in the order of the file, then `exclude`, then the splits. Reads the table `judged`."""
    words = [rule_words(rule, catalog) for rule in segment.rules] + [f"not in {name}" for name in segment.exclude]
    holds = [*judged.lines().values(), *(f"not {column}" for column in judged.excluded.values())]
    counts = _counts(wh, holds, by_person=segment.per is not None)
    steps = [Step("everybody", base, base)]
    steps += [Step(*step) for step in zip(words, counts[: len(holds)], counts[len(holds) :], strict=True)]
    return (*steps, *_splits(wh, segment, judged))


def _counts(wh: Warehouse, holds: list[str], by_person: bool) -> list[int]:
    """People for whom each condition holds alone, then cumulatively: one scan of the judged rows."""
    together = [" and ".join(holds[: i + 1]) for i in range(len(holds))]
    if not by_person:
        conditions = enumerate([*holds, *together])
        counts = ", ".join(f"count(*) filter ({condition}) as count_{i}" for i, condition in conditions)
        return _row(wh, f"select {counts} from {JUDGED}")
    per_person = ", ".join(
        [f"bool_or({condition}) as alone_{i}" for i, condition in enumerate(holds)]
        + [f"bool_or(member_key is not null and {condition}) as upto_{i}" for i, condition in enumerate(together)]
    )
    names = [f"{kind}_{i}" for kind in ("alone", "upto") for i in range(len(holds))]
    counts = ", ".join(f"count(*) filter ({name}) as {name}" for name in names)
    return _row(wh, f"select {counts} from (select {per_person} from {JUDGED} group by profile_id)")


def _row(wh: Warehouse, sql: str) -> list[int]:
    return [int(value) for value in wh.query(sql).to_pylist()[0].values()]


def _splits(wh: Warehouse, segment: Segment, judged: Judged) -> Iterator[Step]:
    for i, name in enumerate(SPLITS):
        if getattr(segment, name) is None:
            continue
        until = segment.model_copy(update=dict.fromkeys(SPLITS[i + 1 :]))
        sql = sql_text(members_of(judged, until), wh.dialect)
        (left,) = _row(wh, f"select count(distinct profile_id) from ({sql})")
        yield Step(split_words(segment, name), None, left)


def split_words(segment: Segment, name: str) -> str:
    """`top`, `sample` or `holdout` of a segment that has it, in words."""
    if name == "top" and segment.top:
        size = segment.top.n if segment.top.n is not None else f"{segment.top.percent:g} %"
        return f"the top {size} by {segment.top.by.replace('_', ' ')}"
    percent = getattr(segment, name).percent
    return f"a random {percent:g} %" if name == "sample" else f"without a random {percent:g} %, held out"
