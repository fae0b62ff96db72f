"""Who is in a segment, worked out slowly and plainly: one person and one rule at a time, no SQL, nothing shared.

Written from the specification of the language alone (segments_yaml/README.md), never from the compiler.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import md5
from itertools import pairwise, takewhile
from math import atan2, ceil, cos, hypot, radians, sin
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from naive_conditions import compares, fulfils
from naive_time import Clock, shifted
from naive_world import Person, Record, World
from oracle_words import EVENTS, LISTS, PLACES, RELATIONS, TRAITS, event_fields, event_names

Rule = Mapping[str, Any]
Member = tuple[str, str]
GROUPS_OF_RULES = ("any_of", "all_of", "none_of")
VERBS = (
    *("trait", "did", "did_not", "sequence", "has", "has_no"),
    *("in_segment", "not_in_segment", "entered", "left", "near", "in_list", "can_receive"),
    *GROUPS_OF_RULES,
)
AGGREGATES = {"sum": sum, "average": lambda values: sum(values) / len(values), "minimum": min, "maximum": max}


@dataclass(frozen=True)
class Candidate:
    """A person, and with `per` one member key of that person."""

    person: Person
    key: str | None = None

    @property
    def member(self) -> Member:
        return self.person.profile_id, self.key or ""


def members(text: str, world: World, as_of: datetime) -> set[Member]:
    """(profile_id, member_key) of everybody in the segment, at `as_of` (naive UTC)."""
    return members_of(yaml.load(text, Loader=yaml.BaseLoader), world, as_of)


def members_of(segment: Mapping[str, Any], world: World, as_of: datetime) -> set[Member]:
    """The same, of a file that was read."""
    return Evaluation(as_texts(segment), Clock(as_of, ZoneInfo(world.zone))).members(world)


def as_texts(value: Any) -> Any:
    """Every value as a file spells it."""
    if isinstance(value, Mapping):
        return {key: as_texts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_texts(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


class Evaluation:
    """One segment at one instant. Every verb is a method of its name: rule, candidate -> whether it holds."""

    def __init__(self, segment: Mapping[str, Any], clock: Clock) -> None:
        self.segment = segment
        self.per: str | None = segment.get("per")
        self.clock = clock

    def members(self, world: World) -> set[Member]:
        """Rules, exclude, top, sample, holdout: in this order."""
        found = [one for one in self.candidates(world) if self.all_hold(self.segment["who"], one)]
        for name in self.segment.get("exclude", ()):
            found = [one for one in found if not self.is_in(name, one)]
        if "top" in self.segment:
            found = self.top(found, world, **self.segment["top"])
        if "sample" in self.segment:
            found = [one for one in found if is_drawn(one, **self.segment["sample"])]
        if "holdout" in self.segment:
            found = [one for one in found if not is_drawn(one, **self.segment["holdout"])]
        return {one.member for one in found}

    def candidates(self, world: World) -> Iterator[Candidate]:
        """Everybody; with `per`, each person once for each key that a positive rule finds."""
        for person in world.people:
            if self.per is None:
                yield Candidate(person)
                continue
            rules = list(self.keyed_rules(self.segment["who"]))
            for key in self.keys(person):
                if any(self.holds(rule, Candidate(person, key)) for rule in rules):
                    yield Candidate(person, key)

    def keyed_rules(self, rules: list[Rule]) -> Iterator[Rule]:
        """The positive rules that carry the member key, those of any_of and all_of too."""
        for rule in rules:
            verb = verb_of(rule)
            if verb in ("any_of", "all_of"):
                yield from self.keyed_rules(rule[verb])
            elif self.is_keyed(verb, rule):
                yield rule

    def is_keyed(self, verb: str, rule: Rule) -> bool:
        if verb == "did":
            return self.carries(rule["did"]) or self.carries(rule.get("since"))
        if verb == "sequence":
            return self.sequence_carries(rule)
        return verb == "has" and RELATIONS[rule["has"]][1] == self.per

    def keys(self, person: Person) -> set[str]:
        """Every value of the member key that the person's events and records have."""
        found = {event.get(column) for event in person.events for column in self.key_columns(event["event"])}
        for relation, (_, key, _) in RELATIONS.items():
            if key == self.per:
                found |= {record.get(key) for record in person.related.get(relation, ())}
        return {key for key in found if key is not None}

    def key_columns(self, event: str) -> list[str]:
        fields = event_fields(event)
        return [fields[self.per][0]] if self.per in fields else []

    def carries(self, word: str | None) -> bool:
        """Whether the event, or every event of the group, has the member key."""
        return word is not None and self.per is not None and self.per in event_fields(word)

    # Logic

    def holds(self, rule: Rule, one: Candidate) -> bool:
        verb = verb_of(rule)
        found = getattr(self, verb)(rule, one)
        assert isinstance(found, bool)
        return found

    def all_hold(self, rules: list[Rule], one: Candidate) -> bool:
        return all(self.holds(rule, one) for rule in rules)

    def any_of(self, rule: Rule, one: Candidate) -> bool:
        return any(self.holds(inner, one) for inner in rule["any_of"])

    def all_of(self, rule: Rule, one: Candidate) -> bool:
        return self.all_hold(rule["all_of"], one)

    def none_of(self, rule: Rule, one: Candidate) -> bool:
        return not any(self.holds(inner, one) for inner in rule["none_of"])

    # Traits

    def trait(self, rule: Rule, one: Candidate) -> bool:
        name = rule["trait"]
        operators = {key: wanted for key, wanted in rule.items() if key not in ("trait", "for_at_least")}
        if not fulfils(one.person.traits.get(name), TRAITS[name], operators, self.clock):
            return False
        if "for_at_least" not in rule:
            return True
        start = self.clock.ago(rule["for_at_least"])
        periods = [
            period
            for period in one.person.history
            if period["trait"] == name
            and period["valid_from"] <= self.clock.as_of
            and (period["valid_to"] is None or period["valid_to"] > start)
        ]
        known = any(period["valid_from"] <= start for period in periods)
        begins = {period["valid_from"] for period in periods}
        ends = [
            period["valid_to"] for period in periods if period["valid_to"] and period["valid_to"] <= self.clock.as_of
        ]
        known = known and begins.issuperset(ends)
        return known and all(fulfils(period["value"], TRAITS[name], operators, self.clock) for period in periods)

    # Events

    def did(self, rule: Rule, one: Candidate) -> bool:
        return self.events_fulfil(rule["did"], rule, one)

    def did_not(self, rule: Rule, one: Candidate) -> bool:
        return not self.events_fulfil(rule["did_not"], rule, one)

    def events_fulfil(self, word: str, rule: Rule, one: Candidate) -> bool:
        """Whether the events in the window that pass the filter are there, and fulfil the other keys."""
        fields = event_fields(word)
        found = [
            event
            for event in self.events(word, one)
            if self.is_in_window(event["occurred_at"], rule, one) and self.passes(event, fields, rule.get("where", {}))
        ]
        if not found or not compares(len(found), rule.get("count", {})):
            return False
        for name, aggregate in AGGREGATES.items():
            if name in rule and not self.amounts_fulfil(found, fields, rule[name], aggregate):
                return False
        if "distinct" in rule:
            of, comparisons = split_of(rule["distinct"])
            if not compares(len(set(values_of(found, fields[of][0]))), comparisons):
                return False
        if "favourite" in rule and not self.favourite_is(found, fields, rule["favourite"]):
            return False
        if "regularly" in rule and not self.is_regular(found, rule["regularly"]):
            return False
        times = [event["occurred_at"] for event in found]
        last = [event for event in found if event["occurred_at"] == max(times)]
        return (
            any(self.passes(event, fields, rule.get("last_where", {})) for event in last)
            and self.is_between(min(times), rule.get("first_time", {}))
            and self.is_between(max(times), rule.get("last_time", {}))
        )

    def favourite_is(self, found: list[Record], fields: Mapping[str, tuple[str, str]], asked: Rule) -> bool:
        """Whether the value that most events have, of equals one that was seen last, is the wanted one."""
        of, operators = split_of(asked)
        column, kind = fields[of]
        seen: dict[Any, list[datetime]] = {}
        for event in found:
            if event.get(column) is not None:
                seen.setdefault(event[column], []).append(event["occurred_at"])
        ranks = {value: (len(times), max(times)) for value, times in seen.items()}
        favourites = [value for value in seen if ranks[value] == max(ranks.values())]
        return any(fulfils(value, kind, operators, self.clock) for value in favourites)

    def is_regular(self, found: list[Record], asked: Rule) -> bool:
        """Whether enough of the latest periods, each (start, end] and counted back from as_of, have an event."""
        wanted, periods = (int(number) for number in asked["at_least"].split(" of "))
        ends = [self.clock.ago(f"{n} {asked['every']}") for n in range(periods + 1)]
        times = [event["occurred_at"] for event in found]
        return sum(any(start < at <= end for at in times) for end, start in pairwise(ends)) >= wanted

    def events(self, word: str, one: Candidate) -> list[Record]:
        """The candidate's events up to as_of: with a key, those of the same key where the event carries it."""
        names = event_names(word)
        found = [e for e in one.person.events if e["event"] in names and e["occurred_at"] <= self.clock.as_of]
        if one.key is not None and self.carries(word):
            column = event_fields(word)[self.per][0]
            found = [event for event in found if event.get(column) == one.key]
        return found

    def is_in_window(self, at: datetime, rule: Rule, one: Candidate) -> bool:
        if "regularly" in rule:
            periods = rule["regularly"]["at_least"].split(" of ")[1]
            return self.clock.ago(f"{periods} {rule['regularly']['every']}") < at
        if "within_last" in rule:
            return self.clock.ago(rule["within_last"]) < at
        if "between" in rule:
            first, last = rule["between"]
            return bool(first <= self.clock.day(at).isoformat() <= last)
        if "since" in rule:
            anchors = [event["occurred_at"] for event in self.events(rule["since"], one)]
            return bool(anchors) and at > max(anchors)
        return True

    def passes(self, record: Record, fields: Mapping[str, tuple[str, str]], where: Mapping[str, Any]) -> bool:
        """Whether a record passes the filter; `{field: value}` is short for `{field: {is: value}}`."""
        for name, asked in where.items():
            column, kind = fields[name]
            operators = asked if isinstance(asked, dict) else {"is": asked}
            if not fulfils(record.get(column), kind, operators, self.clock):
                return False
        return True

    def amounts_fulfil(self, found: list[Record], fields: Mapping[str, Any], asked: Rule, aggregate: Any) -> bool:
        of, comparisons = split_of(asked)
        amounts = values_of(found, fields[of][0])
        return bool(amounts) and compares(aggregate(amounts), comparisons)

    def is_between(self, at: datetime, limits: Mapping[str, str]) -> bool:
        if "older_than" in limits and not at <= self.clock.ago(limits["older_than"]):
            return False
        return "newer_than" not in limits or at > self.clock.ago(limits["newer_than"])

    # Sequences

    def sequence(self, rule: Rule, one: Candidate) -> bool:
        """Whether any chain of events fulfils every step: all of them are tried."""
        first, *steps = rule["sequence"]
        starts = [
            event for event in self.step_events(first, rule, one) if self.is_in_window(event["occurred_at"], rule, one)
        ]
        return any(self.goes_on(event, steps, rule, one) for event in starts)

    def goes_on(self, before: Record, steps: list[Rule], rule: Rule, one: Candidate) -> bool:
        """Whether a chain that has come to the event `before` can be ended with the steps that are left."""
        absent = list(takewhile(lambda step: "then_not" in step, steps))
        if not all(self.stays_away(step, before, None, rule, one) for step in absent if "within" in step):
            return False
        unlimited = [step for step in absent if "within" not in step]
        rest = steps[len(absent) :]
        if not rest:
            return all(self.stays_away(step, before, None, rule, one) for step in unlimited)
        for event in self.step_events(rest[0], rule, one):
            if (
                self.follows(event, before, rest[0], rule)
                and all(self.stays_away(step, before, event, rule, one) for step in unlimited)
                and self.goes_on(event, rest[1:], rule, one)
            ):
                return True
        return False

    def follows(self, event: Record, before: Record, step: Rule, rule: Rule) -> bool:
        """Whether the event is later, in time, and about the same thing."""
        start, at = before["occurred_at"], event["occurred_at"]
        in_time = start < at and ("within" not in step or at <= shifted(start, step["within"], +1))
        return in_time and ("same" not in rule or same_value(rule["same"], before, event))

    def stays_away(self, step: Rule, before: Record, until: Record | None, rule: Rule, one: Candidate) -> bool:
        """Whether no event of a `then_not` comes after `before`: within its time, which must be over, or until the
        next event of the chain, or until as_of."""
        start = before["occurred_at"]
        end = shifted(start, step["within"], +1) if "within" in step else None
        if end is not None and end > self.clock.as_of:
            return False
        for event in self.step_events(step, rule, one):
            at = event["occurred_at"]
            if start < at and (end is None or at <= end) and (until is None or at < until["occurred_at"]):
                has_field = "same" in rule and rule["same"] in event_fields(step["then_not"])
                if not has_field or same_value(rule["same"], before, event):
                    return False
        return True

    def step_events(self, step: Rule, rule: Rule, one: Candidate) -> list[Record]:
        """The events of a step that pass its filter: of the member key where the whole chain carries it."""
        word = next(step[key] for key in ("did", "then", "then_not") if key in step)
        person = one if self.sequence_carries(rule) else Candidate(one.person)
        found = [e for e in self.events(word, person) if self.passes(e, event_fields(word), step.get("where", {}))]
        if "then_not" in step or "same" not in rule:
            return found
        return [event for event in found if value_of(rule["same"], event) is not None]

    def sequence_carries(self, rule: Rule) -> bool:
        chain = [step.get("did", step.get("then")) for step in rule["sequence"] if "then_not" not in step]
        return all(self.carries(word) for word in chain)

    # Related records

    def has(self, rule: Rule, one: Candidate) -> bool:
        return self.records_fulfil(rule["has"], rule, one)

    def has_no(self, rule: Rule, one: Candidate) -> bool:
        return not self.records_fulfil(rule["has_no"], rule, one)

    def records_fulfil(self, relation: str, rule: Rule, one: Candidate) -> bool:
        _, key, kinds = RELATIONS[relation]
        fields = {name: (name, kind) for name, kind in kinds.items()}
        found = [
            record
            for record in one.person.related.get(relation, ())
            if self.passes(record, fields, rule.get("where", {})) and (key != self.per or record[key] == one.key)
        ]
        return bool(found) and compares(len(found), rule.get("count", {}))

    # Other segments and reachability

    def in_segment(self, rule: Rule, one: Candidate) -> bool:
        return self.is_in(rule["in_segment"], one)

    def not_in_segment(self, rule: Rule, one: Candidate) -> bool:
        return not self.is_in(rule["not_in_segment"], one)

    def is_in(self, segment: str, one: Candidate) -> bool:
        """Whether the person has a stay, under whichever key, that covers as_of."""
        for stay in one.person.stays.get(segment, ()):
            if stay["entered_at"] <= self.clock.as_of and not self.has_passed(stay["left_at"]):
                return True
        return False

    def has_passed(self, at: datetime | None) -> bool:
        return at is not None and at <= self.clock.as_of

    def entered(self, rule: Rule, one: Candidate) -> bool:
        return self.passed(rule["entered"], "entered_at", one)

    def left(self, rule: Rule, one: Candidate) -> bool:
        return self.passed(rule["left"], "left_at", one)

    def passed(self, asked: Rule, end: str, one: Candidate) -> bool:
        times = [stay[end] for stay in one.person.stays.get(asked["segment"], ())]
        start = self.clock.ago(asked["in_last"])
        return any(at is not None and start < at <= self.clock.as_of for at in times)

    # Places and lists

    def near(self, rule: Rule, one: Candidate) -> bool:
        asked = rule["near"]
        centre = PLACES[asked["city"]] if "city" in asked else (float(asked["lat"]), float(asked["lon"]))
        north, east = one.person.traits.get("latitude"), one.person.traits.get("longitude")
        if north is None or east is None:
            return False
        return kilometres(centre, (north, east)) <= float(asked["within_km"])

    def in_list(self, rule: Rule, one: Candidate) -> bool:
        """Addresses are known in small letters; other identifiers as they are."""
        listed = [(kind, value.strip()) for kind, value in LISTS[rule["in_list"]]]
        wanted = {(kind, value.lower() if kind == "email" else value) for kind, value in listed}
        return not wanted.isdisjoint(one.person.identifiers)

    def can_receive(self, rule: Rule, one: Candidate) -> bool:
        wanted = (rule["can_receive"], rule.get("for", "marketing"), True)
        return any((row["channel"], row["purpose"], row["is_reachable"]) == wanted for row in one.person.reachable)

    # Size and splits

    def top(self, found: list[Candidate], world: World, by: str, of: str | None = None, **size: str) -> list[Candidate]:
        """The best of the members; with `of`, those members who are among the best of everyone or of a segment."""
        if of is None:
            return best(found, by, **size)
        everyone = [Candidate(person) for person in world.people]
        among = everyone if of == "everyone" else [one for one in everyone if self.is_in(of, one)]
        names = {one.person.profile_id for one in best(among, by, **size)}
        return [one for one in found if one.person.profile_id in names]


def best(found: list[Candidate], by: str, n: str | None = None, percent: str | None = None) -> list[Candidate]:
    """The highest by the trait, ties by profile_id; a percentage is of all of them, a part of one counts as one."""
    known = [one for one in found if one.person.traits.get(by) is not None]
    ranked = sorted(known, key=lambda one: (-one.person.traits[by], *one.member))
    return ranked[: int(n) if n is not None else ceil(len(found) * as_percent(percent) / 100)]


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the great circle, on a sphere of 6371 km; from the angle between the two directions from its centre."""
    (x, y, z), (u, v, w) = direction(*one), direction(*other)
    cross = hypot(y * w - z * v, z * u - x * w, x * v - y * u)
    return 6371 * atan2(cross, x * u + y * v + z * w)


def direction(north: float, east: float) -> tuple[float, float, float]:
    up, along = radians(north), radians(east)
    return cos(up) * cos(along), cos(up) * sin(along), sin(up)


def verb_of(rule: Rule) -> str:
    (verb,) = [verb for verb in VERBS if verb in rule]
    return verb


def split_of(asked: Rule) -> tuple[str, Rule]:
    """`{of: order_total, above: 5}` -> the field, and the comparisons."""
    return asked["of"], {name: wanted for name, wanted in asked.items() if name != "of"}


def value_of(field: str, event: Record) -> Any:
    return event.get(EVENTS[event["event"]][field][0])


def same_value(field: str, one: Record, other: Record) -> bool:
    """Whether both events have the field, with one value."""
    return value_of(field, one) is not None and value_of(field, one) == value_of(field, other)


def values_of(records: list[Record], column: str) -> list[Any]:
    """The values that are not missing."""
    return [record[column] for record in records if record.get(column) is not None]


def as_percent(text: str | None) -> Fraction:
    assert text is not None
    return Fraction(text.removesuffix("%").strip())


def is_drawn(one: Candidate, percent: str, salt: str) -> bool:
    """docs/decisions/0007: the md5 of salt:profile_id, its first seven hexadecimal digits, modulo 10000."""
    bucket = int(md5(f"{salt}:{one.person.profile_id}".encode()).hexdigest()[:7], 16) % 10000
    return bucket < as_percent(percent) * 100
