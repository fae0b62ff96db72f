"""Valid segments over the words of the oracle, as data; `written` makes the file of it."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st
from naive_time import shifted
from oracle_words import (
    CHANNELS,
    EVENTS,
    GROUPS,
    LISTS,
    PLACES,
    PURPOSES,
    RELATIONS,
    STORED,
    TRACKED,
    TRAITS,
    event_fields,
)
from random_world import (
    AMOUNTS,
    CARTS,
    CATEGORIES,
    CHANNEL_NAMES,
    CITIES,
    DAY_SPANS,
    PLANS,
    PRODUCTS,
    SCORES,
    SIZES,
    SPANS,
    STATUSES,
)

Data = dict[str, Any]
TEXTS = {
    "city": CITIES,
    "plan": PLANS,
    "name": CITIES,
    "status": STATUSES,
    "channel": CHANNEL_NAMES,
    "category": CATEGORIES,
    "product_id": PRODUCTS,
    "cart_id": CARTS,
    "order_id": ["o1", "o2"],
}
NUMBERS = {"score": SCORES, "shoe_size": SIZES}
PATTERNS = ["^[GK].*a$", "ak", "^$", "[0-9]+%", "^Kra", "ó", "a.b", "^(x|c)[12]$", "t"]
# Those that bring people in, those that take them away, and those that hold others.
POSITIVE = [
    "did",
    "did",
    "did",
    "sequence",
    "sequence",
    "trait",
    "trait",
    "near",
    "in_list",
    "has",
    "in_segment",
    "entered",
    "left",
    "can_receive",
]
NEGATIVE = ["did_not", "did_not", "has_no", "not_in_segment"]
LOGIC = ["any_of", "all_of", "none_of"]
WINDOWS = ("within_last", "between", "since", "ever")
LEAP_DAYS = [(2, 28), (2, 29), (3, 1)]
TRIES, AS_IT_COMES = 8, 0.06
Finds = Callable[[Data], Collection[Any]]


def written(segment: Data) -> str:
    return yaml.safe_dump(segment, sort_keys=False, allow_unicode=True, width=100)


def segments(today: date) -> st.SearchStrategy[Data]:
    """Any segment. The seed alone is drawn: Hypothesis would come back to the same few segments again and again."""
    return st.integers(0, 2**62).map(lambda seed: Segments(Random(seed), today).any())


class Segments:
    """Up to four rules, nested up to three deep; days are near `today`."""

    def __init__(self, random: Random, today: date) -> None:
        self.random, self.rules = random, Rules(random, today)

    def any(self) -> Data:
        return self.telling(lambda segment: ())

    def telling(self, finds: Finds) -> Data:
        """A segment that mostly shows something: each line is drawn up to TRIES times until `finds` says that it takes
        somebody away and leaves somebody. Some lines are taken as they come."""
        rules = self.rules
        found: Data = {"segment": "case", "title": "Case", "who": []}
        per = rules.one([None, None, None, None, None, "cart_id", "child_id", "order_id", "product_id"])
        if per is not None:
            found["per"] = per
            self._kept(found, lambda: {"who": [rules.keyed(per)]}, finds)
        for _ in range(rules.one([1, 1, 2, 2, 3] if per is None else [0, 1, 1, 2])):
            verb = rules.verb(depth=0)
            self._kept(found, lambda verb=verb: {"who": [rules.of(verb, depth=0)]}, finds)
        self.random.shuffle(found["who"])
        for name, make in self._ends().items():
            if rules.maybe():
                self._kept(found, lambda name=name, make=make: {name: make()}, finds)
        return found

    def _ends(self) -> dict[str, Callable[[], Any]]:
        rules = self.rules
        percents = [50, "33.33%", 0.01, 100, "10 %"]
        return {
            "exclude": lambda: rules.some(STORED, 2),
            "top": rules.top,
            "sample": lambda: {"percent": rules.one(percents), "salt": "spring"},
            "holdout": lambda: {"percent": rules.one(percents), "salt": "autumn"},
        }

    def _kept(self, found: Data, make: Callable[[], Data], finds: Finds) -> None:
        """Adds what `make` draws to the segment: the first that takes somebody away and leaves somebody, else one that
        leaves somebody."""
        before = len(finds(found))
        tries = 1 if self.random.random() < AS_IT_COMES else TRIES
        best: Data | None = None
        for _ in range(tries):
            drawn = make()
            candidate = {**found, **drawn, "who": [*found["who"], *drawn.get("who", ())]}
            left = len(finds(candidate))
            best = candidate if left or best is None else best
            if left and left != before:
                break
        found.update(best or {})


class Rules:
    """Draws rules; each verb is a method."""

    def __init__(self, random: Random, today: date) -> None:
        self.random, self.today = random, today

    def one(self, values: Any) -> Any:
        return self.random.choice(list(values))

    def some(self, values: Any, most: int = 3) -> list[Any]:
        every = list(values)
        return self.random.sample(every, self.random.randint(1, min(most, len(every))))

    def maybe(self) -> bool:
        return self.random.random() < 1 / 7

    def yes_or_no(self) -> Any:
        return self.one([True, "yes", False, "no"])

    def rule(self, depth: int) -> Data:
        return self.of(self.verb(depth), depth)

    def verb(self, depth: int) -> str:
        return str(self.one([*POSITIVE, *NEGATIVE, *(LOGIC if depth < 3 else [])]))

    def of(self, verb: str, depth: int) -> Data:
        if verb in LOGIC:
            return {verb: [self.rule(depth + 1) for _ in range(self.one([1, 2, 2, 3]))]}
        found: Data = getattr(self, verb)()
        return found

    def keyed(self, per: str) -> Data:
        """A rule that carries the member key, or alternatives of which one does."""
        relations = [name for name, (_, key, _) in RELATIONS.items() if key == per]
        words = [word for word in (*EVENTS, *GROUPS) if per in event_fields(word)]
        makers = [*(["has"] if relations else []), *(["did", "since", "sequence"] if words else [])]
        match self.one(makers):
            case "has":
                found: Data = self.has(self.one(relations))
            case "did":
                found = self.did(self.one(words))
            case "sequence":
                found = self.sequence(words)
            case _:
                found = self.did() | {"since": self.one(words)}
                for window in ("within_last", "between", "ever", "regularly"):
                    found.pop(window, None)
        shape = self.one(["alone", "alone", "alone", "any", "all"])
        if shape == "any":
            return {"any_of": [found, self.rule(depth=2)]}
        return {"all_of": [self.rule(depth=2), found]} if shape == "all" else found

    # Traits

    def trait(self) -> Data:
        name = self.one([*TRAITS, *TRACKED, "birth_date", "renews_on", "first_order_at"])
        found: Data = {"trait": name} | self.operators(name, TRAITS[name])
        if name in TRACKED and self.one([True, False]):
            found["for_at_least"] = self.one(SPANS)
        return found

    def operators(self, name: str, kind: str) -> Data:
        """One operator, sometimes two."""
        found = self.operator(name, kind)
        return found | self.operator(name, kind) if self.maybe() else found

    def operator(self, name: str, kind: str) -> Data:
        if self.maybe():
            return {"is_set": self.yes_or_no()}
        made: Data = getattr(self, f"of_{kind}")(name)
        return made

    def of_text(self, name: str) -> Data:
        values = [*TEXTS[name], "else"]
        match operator := self.one([*EQUALITY, "contains", "starts_with", "ends_with", "matches"]):
            case "matches":
                return {operator: self.one(PATTERNS)}
            case "one_of" | "not_one_of":
                return {operator: self.some(values)}
            case "is" | "is_not":
                return {operator: self.one(values)}
        return {operator: self.one(["a", "K", "ak", "%", "_", "ó", "'", "w", "1", "t"])}

    def of_number(self, name: str) -> Data:
        return self.number_operator(NUMBERS.get(name, AMOUNTS), EQUALITY)

    def number_operator(self, values: list[float], equality: list[str]) -> Data:
        match operator := self.one([*equality, "above", "at_least", "below", "at_most", "between"]):
            case "one_of" | "not_one_of":
                return {operator: self.some(values)}
            case "between":
                return {operator: sorted([self.one(values), self.one(values)])}
        return {operator: plain(self.one(values))}

    def of_boolean(self, name: str) -> Data:
        return {self.one(["is", "is_not"]): self.yes_or_no()}

    def of_list(self, name: str) -> Data:
        match operator := self.one(["includes_any", "includes_all", "size"]):
            case "size":
                return {operator: self.size(zero=True)}
        return {operator: self.some([*CATEGORIES, "else"])}

    def of_date(self, name: str) -> Data:
        match operator := self.one([*EQUALITY, *OF_MOMENTS]):
            case "one_of" | "not_one_of":
                return {operator: self.some(self.days())}
            case "is" | "is_not":
                return {operator: self.one(self.days())}
        return self.moment_operator(operator, DAY_SPANS)

    def of_datetime(self, name: str) -> Data:
        return self.moment_operator(self.one(OF_MOMENTS), SPANS)

    def moment_operator(self, operator: str, spans: list[str]) -> Data:
        match operator:
            case "on" | "before" | "after":
                return {operator: self.one(self.days())}
            case "anniversary_month":
                return {operator: self.one(["last", "this", "next"])}
            case "anniversary_in":
                leap = [span for span in DAY_SPANS if shifted(self.today, span, +1).timetuple()[1:3] in LEAP_DAYS]
                return {operator: self.one(leap if leap and self.one([True, False]) else DAY_SPANS)}
        return {operator: self.one(spans)}

    def days(self) -> list[str]:
        near = [self.today - timedelta(days=n) for n in (-14, -3, -1, 0, 1, 3, 14, 90, 365)]
        return [day.isoformat() for day in (*near, date(2024, 2, 29), date(2026, 3, 29))]

    # Events

    def did(self, word: str | None = None) -> Data:
        return self.event_rule("did", word)

    def did_not(self) -> Data:
        return self.event_rule("did_not")

    def event_rule(self, verb: str, word: str | None = None) -> Data:
        word = word or self.one([*EVENTS, *GROUPS])
        found: Data = {verb: word} | self.window()
        fields = {name: kind for name, (_, kind) in event_fields(word).items()}
        if fields and self.maybe():
            found["where"] = self.where(fields)
        if self.maybe():
            found["count"] = self.size()
        numbers = [name for name, kind in fields.items() if kind == "number"]
        if numbers and self.maybe():
            comparison = self.number_operator([*AMOUNTS, 250.0], ["exactly"])
            found[self.one(["sum", "average", "minimum", "maximum"])] = {"of": self.one(numbers)} | comparison
        if fields and self.maybe():
            found["distinct"] = {"of": self.one(fields)} | self.size(zero=True)
        for times in ("first_time", "last_time"):
            if self.maybe():
                found[times] = self.times()
        if fields and self.maybe():
            found["last_where"] = self.where(fields)
        comparable = [name for name, kind in fields.items() if kind in ("text", "number", "date")]
        if comparable and self.maybe():
            found["favourite"] = self.favourite(self.one(comparable), fields)
        if self.maybe():
            found = {key: value for key, value in found.items() if key not in WINDOWS}
            found["regularly"] = {"every": self.one(["day", "week", "month", "year"]), "at_least": self.share()}
        return found

    def favourite(self, name: str, fields: dict[str, str]) -> Data:
        values = {"text": TEXTS.get(name, []), "number": AMOUNTS, "date": self.days()}[fields[name]]
        wanted = {"one_of": self.some(values)} if self.maybe() else {"is": plain(self.one(values))}
        return {"of": name} | wanted

    def share(self) -> str:
        wanted, periods = sorted([self.one([1, 2, 3]), self.one([1, 2, 4, 12])])
        return f"{wanted} of {periods}"

    def sequence(self, words: list[str] | None = None) -> Data:
        """Two to four steps; with `words`, of those events alone."""
        same = self.one(["product_id", "cart_id", "category"]) if words is None and self.maybe() else None
        every = list(words or (*EVENTS, *GROUPS))
        happens = [word for word in every if same is None or same in event_fields(word)]
        steps = [self.step("did", happens)]
        for verb in [self.one(["then", "then", "then_not"]) for _ in range(self.one([1, 2, 3]))]:
            steps.append(self.step(verb, happens if verb == "then" else [*EVENTS, *GROUPS]))
        window = {"within_last": self.one(SPANS)} if self.maybe() else {}
        return {"sequence": steps, **({"same": same} if same else {}), **window}

    def step(self, verb: str, words: list[str]) -> Data:
        word = self.one(words)
        found: Data = {verb: word}
        if verb != "did" and self.one([True, False]):
            found["within"] = self.one(SPANS)
        fields = {name: kind for name, (_, kind) in event_fields(word).items()}
        if fields and self.maybe():
            found["where"] = self.where(fields)
        return found

    def window(self) -> Data:
        match self.one(["within_last", "within_last", "between", "since", "ever", "none", "none"]):
            case "within_last":
                return {"within_last": self.one(SPANS)}
            case "between":
                return {"between": sorted([self.one(self.days()), self.one(self.days())])}
            case "since":
                return {"since": self.one([*EVENTS, *GROUPS])}
            case "ever":
                return {"ever": self.one([True, "yes"])}
        return {}

    def where(self, fields: dict[str, str]) -> Data:
        return {name: self.filter(name, fields[name]) for name in self.some(fields, most=2)}

    def filter(self, name: str, kind: str) -> Any:
        """Operators, or the value alone."""
        if kind == "text" and self.maybe():
            return self.one(TEXTS[name])
        return self.operators(name, kind)

    def times(self) -> Data:
        """Durations that leave something between them."""
        shorter, longer = sorted(self.random.randrange(len(SPANS)) for _ in range(2))
        match self.one(["older", "newer", "both"]):
            case "older":
                return {"older_than": SPANS[shorter]}
            case "newer":
                return {"newer_than": SPANS[longer]}
        if SPANS[shorter] in ("24 hours", SPANS[longer]):
            return {"older_than": "1 hour", "newer_than": "24 hours"}
        return {"older_than": SPANS[shorter], "newer_than": SPANS[longer]}

    def size(self, zero: bool = False) -> Data:
        low, high = sorted([self.one([1, 2, 3]), self.one([1, 2, 3, 5])])
        none = [{"exactly": 0}, {"at_most": 0}, {"at_least": 0}] if zero else []
        sizes = [{"at_least": low}, {"at_most": high}, {"exactly": low}, {"at_least": low, "at_most": high}]
        found: Data = self.one([*sizes, *none])
        return found

    # Related records, other segments, reachability

    def has(self, relation: str | None = None) -> Data:
        return self.relation_rule("has", relation)

    def has_no(self) -> Data:
        return self.relation_rule("has_no")

    def relation_rule(self, verb: str, relation: str | None = None) -> Data:
        relation = relation or self.one(RELATIONS)
        found: Data = {verb: relation}
        if not self.maybe():
            found["where"] = self.where(RELATIONS[relation][2])
        if self.maybe():
            found["count"] = self.size()
        return found

    def in_segment(self) -> Data:
        return {"in_segment": self.one(STORED)}

    def not_in_segment(self) -> Data:
        return {"not_in_segment": self.one(STORED)}

    def entered(self) -> Data:
        return {"entered": {"segment": self.one(STORED), "in_last": self.one(SPANS)}}

    def left(self) -> Data:
        return {"left": {"segment": self.one(STORED), "in_last": self.one(SPANS)}}

    def can_receive(self) -> Data:
        purpose = {"for": self.one(PURPOSES)} if self.maybe() else {}
        return {"can_receive": self.one(CHANNELS)} | purpose

    def top(self) -> Data:
        size = self.one([{"n": 1}, {"n": 3}, {"n": 1000}, {"percent": 50}, {"percent": "33.33%"}, {"percent": 1}])
        among = {"of": self.one(["everyone", *STORED])} if self.maybe() else {}
        return {**size, "by": self.one(["lifetime_value", "score"]), **among}

    def near(self) -> Data:
        point = {"lat": self.one([50, -0.22, 89.9, -90]), "lon": self.one([20, -78.5, 179.9, -180])}
        place = self.one([{"city": city} for city in PLACES] + [point])
        return {"near": {**place, "within_km": self.one([1, 12, 25.5, 500, 11000, 20016])}}

    def in_list(self) -> Data:
        return {"in_list": self.one(LISTS)}


EQUALITY = ["is", "is_not", "one_of", "not_one_of"]
OF_MOMENTS = [
    *("in_last", "in_next", "older_than", "further_than", "on", "before", "after"),
    *("anniversary_in", "anniversary_in", "anniversary_in", "anniversary_month"),
]


def plain(value: Any) -> Any:
    """Whole numbers as a person writes them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
