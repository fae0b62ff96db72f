"""What the oracle once found, as one person or two: the SQL, the oracle and a person with a pencil agree."""

from datetime import datetime
from typing import Any

from naive_members import Member, members
from naive_world import Person, World
from verdicts import compiled, found_by_sql
from world_tables import duckdb_of

AS_OF = datetime.fromisoformat("2026-06-15T04:30")
HEAD = "segment: case\ntitle: Case\n"


def found(people: list[Person], body: str, as_of: datetime = AS_OF) -> set[Member]:
    """Who is in, by the SQL and by the oracle alike."""
    world = World("Europe/Warsaw", AS_OF, tuple(people))
    with duckdb_of(world) as connection:
        rows = found_by_sql(connection, compiled(HEAD + body, world.zone, as_of))
    assert sorted(rows) == sorted(members(HEAD + body, world, as_of))
    return set(rows)


def person(name: str, **facts: Any) -> Person:
    return Person(name, **facts)


def test_a_stay_that_begins_after_as_of_is_not_there_yet() -> None:
    stay = {"member_key": "", "entered_at": datetime.fromisoformat("2026-06-15T04:31"), "left_at": None}
    people = [person("p1", stays={"club": (stay,)})]
    assert found(people, "who: [in_segment: club]") == set()
    assert found(people, "who: [in_segment: club]", stay["entered_at"]) == {("p1", "")}


def test_a_related_field_called_total_is_not_the_size_of_the_audience() -> None:
    orders = ({"order_id": "o1", "total": 0.0},)
    people = [person(name, traits={"score": 2.5}, related={"order": orders}) for name in ("p1", "p2", "p3")]
    body = "per: order_id\nwho: [{has: order, where: {total: {at_most: 9}}}]\ntop: {percent: 50, by: score}"
    assert found(people, body) == {("p1", "o1"), ("p2", "o1")}


def test_a_percentage_is_of_all_members_and_rounded_up() -> None:
    people = [person(f"p{n}", traits={"plan": "club", "score": score}) for n, score in enumerate([1.0, None, 2.0])]
    assert found(people, "who: [{trait: plan, is: club}]\ntop: {percent: 34, by: score}") == {("p0", ""), ("p2", "")}
    assert found(people, "who: [{trait: plan, is: club}]\ntop: {percent: 33, by: score}") == {("p2", "")}


def test_of_equal_favourites_seen_last_at_one_instant_each_is_one() -> None:
    times = {"web": "2026-06-14T10:00", "store": "2026-06-14T10:00", "app": "2026-06-13T10:00"}
    events = [
        {"event": "order_placed", "occurred_at": datetime.fromisoformat(at), "channel": channel}
        for channel, at in times.items()
    ]
    people = [person("p1", events=tuple(events))]
    who = "who: [{did: order_placed, favourite: {of: channel, is: %s}}]"
    assert [bool(found(people, who % channel)) for channel in ("web", "store", "app")] == [True, True, False]
