"""Do the words of `did`, `did_not` and `sequence` exist, and do their conditions fit?"""

from collections.abc import Iterator, Mapping

from heddle.segments.catalog import Catalog, Field
from heddle.segments.event_rules import DidNotRule, DidRule, Favourite
from heddle.segments.fault import NEW_WORDS, Finding, Path, did_you_mean, shown
from heddle.segments.fit import check_operators, check_where, unknown_field
from heddle.segments.operators import BY_TYPE, EQUALITY
from heddle.segments.sequence import SequenceRule


def check_event(rule: DidRule | DidNotRule, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """`did` or `did_not` with its keys."""
    yield from event_word(rule.event, (*path, rule.verb), catalog)
    if rule.since is not None:
        yield from event_word(rule.since, (*path, "since"), catalog)
    if not catalog.event_names(rule.event):
        return
    fields = catalog.event_fields(rule.event)
    yield from check_where(rule.where, fields, (*path, "where"), rule.event)
    yield from check_where(rule.last_where, fields, (*path, "last_where"), rule.event)
    for key, aggregate in rule.aggregates().items():
        yield from _aggregate(key, aggregate.of, fields, (*path, key, "of"), rule.event)
    if rule.distinct and rule.distinct.of not in fields:
        yield unknown_field(rule.distinct.of, fields, (*path, "distinct", "of"), rule.event)
    if rule.favourite:
        yield from _favourite(rule.favourite, fields, (*path, "favourite"), rule.event)


def event_word(word: str, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """The name of an event or of a group of events."""
    if not catalog.event_names(word):
        yield Finding(path, f"unknown event {shown(word)}", did_you_mean(word, catalog.event_words()) or NEW_WORDS)


def _aggregate(key: str, of: str, fields: Mapping[str, Field], path: Path, owner: str) -> Iterator[Finding]:
    if of not in fields:
        yield unknown_field(of, fields, path, owner)
    elif fields[of].type != "number":
        numbers = [name for name, field in fields.items() if field.type == "number"]
        hint = f"number fields: {', '.join(numbers)}" if numbers else f"{owner} has no number field"
        yield Finding(path, f"`{key}` of `{of}`, which is {fields[of].type} and not a number", hint)


def _favourite(favourite: Favourite, fields: Mapping[str, Field], path: Path, owner: str) -> Iterator[Finding]:
    field = fields.get(favourite.of)
    if field is None:
        yield unknown_field(favourite.of, fields, (*path, "of"), owner)
    elif not BY_TYPE[field.type] >= EQUALITY:
        yield Finding((*path, "of"), f"`favourite` of `{favourite.of}`, which is {field.type}: texts, numbers and days")
    else:
        yield from check_operators(favourite.operators, field, path)


def check_sequence(rule: SequenceRule, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """Every step, and the field that the events of the chain have in common."""
    for number, step in enumerate(rule.sequence):
        at = (*path, "sequence", number)
        yield from event_word(step.event, (*at, step.word), catalog)
        if catalog.event_names(step.event):
            yield from check_where(step.where, catalog.event_fields(step.event), (*at, "where"), step.event)
    if rule.same is not None:
        yield from _same(rule.same, rule, (*path, "same"), catalog)


def _same(same: str, rule: SequenceRule, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """A step that must not happen may lack the field: then the person's own events of that name count."""
    for step in rule.chain():
        fields = catalog.event_fields(step.event)
        if catalog.event_names(step.event) and same not in fields:
            yield unknown_field(same, fields, path, step.event)
            return
    every = [catalog.event_fields(step.event) for step in rule.sequence]
    kinds = {fields[same].type for fields in every if same in fields}
    if len(kinds) > 1 or "list" in kinds:
        yield Finding(path, f"`{same}` is {' and '.join(sorted(kinds))} in these events, which cannot be compared")
