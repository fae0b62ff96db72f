"""sequence -> the members that have a chain of events in this order.

One scan per step, put together and ordered once per person; window functions then carry the latest event that
completes the steps before. The latest is the best: it leaves the most time for the next step and the least for a
forbidden event. So no pair of events is ever formed, and the cost is that of sorting the events of the steps.
"""

from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import all_of, any_of, as_text, missing, ordered, shifted, sql_type, table, whole
from heddle.segments.compiler.occurrence import PROFILE_ID, is_event, later_than, occurred_at
from heddle.segments.compiler.scope import Scope
from heddle.segments.sequence import SequenceRule, Step
from heddle.segments.vocabulary import chain_keys

_MOMENT, _STEP, _BEFORE = "occurred_at", "step", "before_at"


def sequence_members(rule: SequenceRule, scope: Scope) -> exp.Select:
    """One row per profile, or per profile and member key where every event of the chain carries it."""
    return _Chain(rule, scope).members()


@dataclass(frozen=True)
class _Chain:
    rule: SequenceRule
    scope: Scope

    @cached_property
    def keys(self) -> list[str]:
        return chain_keys(self.rule, self.scope.per, self.scope.catalog)

    @cached_property
    def happening(self) -> list[int]:
        """The numbers of the steps of the chain; the others are forbidden."""
        return [number for number, step in enumerate(self.rule.sequence) if step.happens]

    def members(self) -> exp.Select:
        """Whoever has a row of the last step that ends a whole chain."""
        query = self._next_absences(self._steps())
        for previous in self.happening[:-1]:
            query = self._carried_on(query, previous)
        columns: list[exp.Expr] = [_column(PROFILE_ID)]
        if self.scope.per in self.keys:
            columns.append(exp.alias_(as_text(_column(_key(str(self.scope.per)))), "member_key"))
        ends = self._reached(self.happening[-1])
        return exp.select(*columns).distinct().from_(query.subquery("q")).where(ends)

    def _steps(self) -> exp.Query:
        """Every event of every step: profile_id, keys, number of the step, occurred_at."""
        scans = [self._scan(number, step) for number, step in enumerate(self.rule.sequence)]
        return exp.union(*scans, distinct=False)

    def _scan(self, number: int, step: Step) -> exp.Select:
        fields = self.scope.catalog.event_fields(step.event)
        columns: list[exp.Expr] = [exp.column(PROFILE_ID, table="e")]
        known: list[exp.Expr] = []
        for key in self.keys:
            column = exp.column(fields[key].column, table="e") if key in fields else None
            columns.append(exp.alias_(column or exp.cast(exp.null(), self._type(key)), _key(key)))
            known += [exp.Not(this=missing(column))] if column else []
        columns += [exp.alias_(whole(number), _STEP), occurred_at("e")]
        query = exp.select(*columns).from_(table(EVENTS_TABLE, "profiles", "e"))
        start = self.rule.within_last
        bounds = [later_than("e", self.scope.clock.ago(start))] if start else []
        bounds.append(self.scope.clock.until_now(occurred_at("e")))
        filters = self.scope.conditions(step.where, fields, "e")
        return query.where(is_event(step.event, "e", self.scope), *bounds, *filters, *known)

    def _type(self, key: str) -> str:
        return sql_type(self.scope.catalog.event_fields(self.rule.sequence[0].event)[key].type)

    def _next_absences(self, query: exp.Query) -> exp.Query:
        """`not_<number>`: when a forbidden event comes next after the row."""
        nearest = [exp.alias_(self._next(number), f"not_{number}") for number in self._looked_ahead()]
        return exp.select(*self._base(), *nearest).from_(query.subquery("q")) if nearest else query

    def _carried_on(self, query: exp.Query, previous: int) -> exp.Query:
        """`before_at`: the latest earlier event that completes the chain up to the step before; `broke_<number>`:
        the latest earlier event that is forbidden between the two."""
        carried = [_column(f"not_{ahead}") for ahead in self._looked_ahead()]
        before = exp.alias_(self._latest(self._reached(previous), self.keys), _BEFORE)
        broke = [exp.alias_(self._last(between), f"broke_{between}") for between in self._unlimited(previous)]
        return exp.select(*self._base(), *carried, before, *broke).from_(query.subquery("q"))

    def _base(self) -> list[exp.Expr]:
        return [_column(name) for name in (PROFILE_ID, *map(_key, self.keys), _STEP, _MOMENT)]

    def _reached(self, number: int) -> exp.Expr:
        """Whether the row is an event of the step, in time after the one before, and nothing forbidden follows."""
        conditions: list[exp.Expr] = [_is_step(number)]
        step = self.rule.sequence[number]
        if number != self.happening[0]:
            before = _column(_BEFORE)
            latest = shifted(before, step.within, back=False) if step.within else None
            in_time = exp.LTE(this=_column(_MOMENT), expression=latest) if latest else exp.Not(this=missing(before))
            conditions.append(in_time)
            previous = self.happening[self.happening.index(number) - 1]
            conditions += [_none_since(f"broke_{between}", before) for between in self._unlimited(previous)]
        return all_of([*conditions, *self._not_followed(number)])

    def _not_followed(self, number: int) -> list[exp.Expr]:
        """A limit that is not over at as_of has decided nothing yet."""
        conditions: list[exp.Expr] = []
        for ahead in self._forbidden(number):
            within = self.rule.sequence[ahead].within
            absent = missing(_column(f"not_{ahead}"))
            if within:
                limit = shifted(_column(_MOMENT), within, back=False)
                later = exp.GT(this=_column(f"not_{ahead}"), expression=limit)
                conditions += [self.scope.clock.until_now(limit), exp.paren(any_of([absent, later]))]
            elif number == self.happening[-1]:
                conditions.append(absent)
        return conditions

    def _forbidden(self, number: int) -> list[int]:
        """The forbidden steps that are written after a step of the chain, up to the next one."""
        later = [following for following in self.happening if following > number]
        return list(range(number + 1, later[0] if later else len(self.rule.sequence)))

    def _unlimited(self, number: int) -> list[int]:
        """Those of them that hold up to the next step, whenever it comes."""
        return [ahead for ahead in self._forbidden(number) if self.rule.sequence[ahead].within is None]

    def _looked_ahead(self) -> list[int]:
        """The forbidden steps that look ahead from one event: within a limit, or at the end of the chain."""
        steps = enumerate(self.rule.sequence)
        return [n for n, step in steps if not step.happens and (step.within or n > self.happening[-1])]

    def _latest(self, condition: exp.Expr, keys: list[str]) -> exp.Expr:
        """The latest moment before the row's at which the condition held. At one instant the later steps come first,
        so nothing is after what happens at the same time."""
        return exp.Window(
            this=exp.Max(this=_moment_if(condition)),
            partition_by=[_column(name) for name in (PROFILE_ID, *map(_key, keys))],
            order=_order(by_time_desc=False),
            spec=_BEFORE_THE_ROW.copy(),
        )

    def _last(self, number: int) -> exp.Expr:
        return self._latest(_is_step(number), self._keys_of(number))

    def _next(self, number: int) -> exp.Expr:
        return exp.Window(
            this=exp.Min(this=_moment_if(_is_step(number))),
            partition_by=[_column(name) for name in (PROFILE_ID, *map(_key, self._keys_of(number)))],
            order=_order(by_time_desc=True),
            spec=_BEFORE_THE_ROW.copy(),
        )

    def _keys_of(self, number: int) -> list[str]:
        """A forbidden event that does not carry a key is looked for among all of the person's."""
        fields = self.scope.catalog.event_fields(self.rule.sequence[number].event)
        return [key for key in self.keys if key in fields]


_BEFORE_THE_ROW = exp.WindowSpec(
    kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=exp.convert(1), end_side="PRECEDING"
)


def _column(name: str) -> exp.Column:
    return exp.column(name, table="q")


def _key(name: str) -> str:
    return f"key_{name}"


def _is_step(number: int) -> exp.Expr:
    return exp.EQ(this=_column(_STEP), expression=whole(number))


def _moment_if(condition: exp.Expr) -> exp.Expr:
    return exp.Case().when(condition, _column(_MOMENT))


def _none_since(name: str, moment: exp.Expr) -> exp.Expr:
    before = exp.LTE(this=_column(name), expression=moment.copy())
    return exp.paren(any_of([missing(_column(name)), before]))


def _order(by_time_desc: bool) -> exp.Order:
    moment, step = ordered(_column(_MOMENT), by_time_desc), ordered(_column(_STEP), not by_time_desc)
    return exp.Order(expressions=[moment, step])
