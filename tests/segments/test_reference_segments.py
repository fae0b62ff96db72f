"""The segments the language was made for: those that ship, as SQL of every engine; the harder constructs at once."""

from pathlib import Path

import pytest
import sqlglot
from small_world import compiled, members, world

from heddle.segments import DIALECTS, Clock, catalog_of, compile_segment, parse_segment, sql_text
from heddle.settings import Settings

ROOT = Path(__file__).parents[2]
SHIPPED = [
    "abandoned_cart",
    "child_birthday_in_3_days",
    "trial_not_started",
    "inactive_2_years",
    "good_buyers_sms_only",
]
AT_ONCE = """segment: warm_in_the_north
who:
  - sequence:
      - did: product_viewed
      - then: product_added_to_cart
        within: 1 hour
      - then_not: checkout_started
        within: 1 hour
    same: product_id
    within_last: 7 days
  - any_of:
      - trait: lifetime_value
        above: 500
      - in_segment: club
  - none_of:
      - entered: {segment: club, in_last: 10 days}
      - did: order_placed
        within_last: 90 days
        count: {at_least: 2}
  - near: {city: Gdynia, within_km: 25}
  - trait: plan
    is: club
    for_at_least: 3 days
top: {percent: 20, by: lifetime_value}
holdout: {percent: 10, salt: warm_2026q2}
"""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_reference_segment_becomes_sql_of_every_engine(name: str, dialect: str) -> None:
    settings = Settings.load(root=ROOT, sources=("demo",))
    catalog = catalog_of(settings)
    segment = parse_segment((ROOT / f"segments_yaml/demo/{name}.yml").read_text(), f"{name}.yml").segment
    assert segment is not None
    text = (
        sql_text(compile_segment(segment, catalog, Clock.dbt()), dialect)
        .replace("{{ at }}", "x")
        .replace("{{ today }}", "y")
    )
    columns = sqlglot.parse_one(text, read=dialect).named_selects
    assert columns[:2] == ["profile_id", "member_key"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_harder_construct_at_once(dialect: str) -> None:
    assert sqlglot.parse_one(compiled(AT_ONCE, dialect), read=dialect)
    with world() as connection:
        assert members(connection, AT_ONCE) == ["p2"]
        assert members(connection, AT_ONCE.replace("city: Gdynia", "city: Kraków")) == []
        assert members(connection, AT_ONCE.replace("in_last: 10 days", "in_last: 1 year")) == []
        assert members(connection, AT_ONCE.replace("at_least: 2", "at_least: 1")) == []
        assert members(connection, AT_ONCE.replace("for_at_least: 3 days", "for_at_least: 2 years")) == []


def test_a_segment_without_a_title_is_called_by_its_name() -> None:
    assert [parse_segment(AT_ONCE, "x.yml").segment.title] == ["Warm in the north"]  # type: ignore[union-attr]
    assert parse_segment(AT_ONCE.replace("segment: warm_in_the_north", "title: Warm"), "x.yml").faults
