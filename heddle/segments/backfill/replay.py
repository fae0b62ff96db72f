"""The stays of the replayed days, in tables of their own until all days are there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from heddle.segments.backfill.days import Day
from heddle.segments.backfill.declared import declared
from heddle.segments.backfill.then import as_it_was
from heddle.segments.catalog import Catalog
from heddle.segments.compiler import Clock, compile_segment, payload_columns, sql_text
from heddle.segments.guard import block_reason
from heddle.segments.segment import Segment
from heddle.warehouse import Warehouse, identifier, literal

_DAYS = """create table if not exists heddle.backfill_days (
    segment varchar, task varchar, as_of timestamp, members bigint, entered bigint, left_count bigint, blocked varchar
)"""


@dataclass(frozen=True)
class Replay:
    """`task` tells one definition and list of days from another; what a killed process of the same task did is kept."""

    wh: Warehouse
    segment: Segment
    catalog: Catalog
    task: str

    @property
    def stays(self) -> str:
        return f"heddle.{identifier(f'backfill_{self.segment.name}')}"

    @property
    def payload(self) -> list[str]:
        return payload_columns(self.segment, self.catalog)

    def done(self) -> list[Day]:
        """The days that an earlier, killed process of the same task finished; anything of another task is dropped."""
        self.wh.execute("create schema if not exists heddle")
        self.wh.execute(_DAYS)
        name = literal(self.segment.name)
        sql = f"select as_of, members, entered, left_count, blocked from heddle.backfill_days where segment = {name}"
        rows = self.wh.query(f"{sql} and task = {literal(self.task)} order by as_of").to_pylist()
        if not rows:
            self.forget()
        return [Day(*row.values()) for row in rows]

    def forget(self) -> None:
        """Call it inside a transaction when the stays have found their place."""
        self.wh.execute(f"delete from heddle.backfill_days where segment = {literal(self.segment.name)}")
        self.wh.execute(f"drop table if exists {self.stays}")

    def run(self, at: datetime) -> Day:
        """One day, whole or not at all."""
        with self.wh.transaction():
            self.wh.execute(f"create or replace temp table backfill_members as {self._members(at)}")
            self.wh.execute(self._create())
            day = self._moved(at)
            row = [self.segment.name, self.task, at, day.members, day.entered, day.left, day.blocked]
            self.wh.execute("insert into heddle.backfill_days values (?, ?, ?, ?, ?, ?, ?)", row)
        return day

    def _members(self, at: datetime) -> str:
        tree = as_it_was(compile_segment(self.segment, self.catalog, Clock.at(at, self.catalog.time_zone)), at)
        order = ", ".join(["found.profile_id", *(f"found.{identifier(name)}" for name in self.payload)])
        return f"""select * exclude (place) from (
            select *, row_number() over (partition by profile_id, member_key order by {order}) as place
            from ({sql_text(tree, self.wh.dialect)}) as found
            where profile_id is not null
        ) where place = 1"""

    def _create(self) -> str:
        keys = "profile_id, member_key, null::timestamp as entered_at, null::timestamp as left_at"
        columns = ", ".join([keys, *map(identifier, self.payload)])
        return declared(self.wh, self.stays, f"select {columns} from backfill_members")

    def _moved(self, at: datetime) -> Day:
        members = int(str(self.wh.scalar("select count(*) from backfill_members")))
        previous = int(str(self.wh.scalar(f"select count(*) from {self.stays} where left_at is null")))
        blocked = block_reason(self.segment.volume_guard, members, previous)
        if blocked is not None:
            return Day(at, previous, 0, 0, blocked)
        counts = [self.wh.execute(statement) for statement in self._changes(at)]
        return Day(at, members, entered=counts[-1], left=counts[0])

    def _changes(self, at: datetime) -> Iterator[str]:
        """Who left is closed, who stays gets the payload of the day, who entered is opened: in this order."""
        same = "m.profile_id = t.profile_id and m.member_key = t.member_key"
        names = [identifier(name) for name in self.payload]
        yield f"""update {self.stays} as t set left_at = {_instant(at)}
            where left_at is null and not exists (select 1 from backfill_members as m where {same})"""
        if names:
            yield f"""update {self.stays} as t set {", ".join(f"{name} = m.{name}" for name in names)}
                from backfill_members as m where {same} and t.left_at is null"""
        listed = "".join(f", {name}" for name in names)
        yield f"""insert into {self.stays} (profile_id, member_key, entered_at{listed})
            select m.profile_id, m.member_key, {_instant(at)}{"".join(f", m.{name}" for name in names)}
            from backfill_members as m
            where not exists (select 1 from {self.stays} as t where {same} and t.left_at is null)"""


def _instant(at: datetime) -> str:
    return f"timestamp {literal(at.isoformat(sep=' '))}"
