"""The escape hatch: what a query may be made of, what it finds, and that nothing else gets through."""

import pytest
import sqlglot
from small_world import catalog, compiled, members, world
from sqlglot import exp

from heddle.segments import DIALECTS
from heddle.segments.parse import parse_segment
from heddle.segments.vocabulary import check_words

HEAD = "segment: case\ntitle: Case\n"
HOSTILE = [
    "select profile_id from read_csv('/etc/passwd')",
    "select profile_id from '/etc/passwd'",
    "select profile_id from 'https://x.example/a.parquet'",
    'select profile_id from "people.csv"',
    "select profile_id from glob('*')",
    "select profile_id from read_text('/etc/passwd')",
    "select profile_id from sniff_csv('x')",
    "select profile_id from duckdb_settings()",
    "select profile_id from range(10)",
    "select profile_id from unnest([1, 2])",
    "select profile_id from information_schema.tables",
    "select profile_id from duckdb_tables",
    "select profile_id from sqlite_master",
    "select profile_id from raw.shop_customers",
    "select profile_id from identity.identity_map",
    "select profile_id from other.profiles.profiles",
    "select profile_id from elsewhere.profiles",
    "select getenv('HOME') as profile_id from profiles",
    "select current_setting('x') as profile_id from profiles",
    "select pg_read_file('x') as profile_id from profiles",
    "select version() as profile_id from profiles",
    "select current_user as profile_id from profiles",
    "select profile_id, now() as at from profiles",
    "select profile_id, current_timestamp as at from profiles",
    "select profile_id, random() as r from profiles",
    "select profile_id, (select min(getenv('X')) from profiles) as x from profiles",
    "select profile_id from profiles where city in (select content from read_text('x'))",
    "with p as (select * from read_csv('x')) select profile_id from p",
    "with profiles as (select 1 as profile_id) select profile_id from profiles",
    "with rule_1 as (select profile_id from profiles) select profile_id from rule_1",
    "with a as (with b as (select profile_id from profiles) select profile_id from b), b as (select profile_id from a)"
    " select profile_id from b",
    "with recursive r as (select profile_id from profiles union all select profile_id from r) select profile_id from r",
    "select profile_id from profiles; drop table profiles.profiles",
    "select profile_id from profiles; select profile_id from profiles",
    "drop table profiles",
    "delete from profiles",
    "insert into profiles select * from profiles",
    "update profiles set city = 'x'",
    "create table x as select profile_id from profiles",
    "copy profiles to 'x.csv'",
    "copy (select profile_id from profiles) to 'x.csv'",
    "attach 'x.duckdb' as x",
    "pragma database_list",
    "set enable_external_access = true",
    "install httpfs",
    "load httpfs",
    "call pragma_version()",
    "explain select profile_id from profiles",
    "describe profiles",
    "select profile_id into x from profiles",
    "select profile_id from profiles for update",
    "select profile_id from profiles using sample 10",
    "select profile_id from profiles limit 10",
    "select * from profiles",
    "select p.* from profiles as p",
    "select columns('.*') from profiles",
    "select profile_id, first_name from profiles",
    "select profile_id, upper(first_name) as x from profiles",
    "with p as (select profile_id, first_name as x from profiles) select profile_id, x from p",
    "select profile_id, (select max(q.first_name) from profiles as q) as x from profiles",
    "select first_name as profile_id from profiles",
    "select city from profiles",
    "select profile_id, city, plan as city from profiles",
    "select profile_id, 1 from profiles",
    'select profile_id, plan as "a b" from profiles',
    "select profile_id, plan as “plan” from profiles",
    "select profile_id from profiles where city = ‘x’",
    "select profile_id from profiles where nothing = 1",
    "select profile_id, FIRST_NAME as FIRST_NAME from profiles",
    'select profile_id, "First_Name" as "First_Name" from profiles',
    "select profile_id, plan as first_name, first_name as x from profiles",
    "select profile_id, p as p from profiles as p",
    "select profile_id, profiles as profiles from profiles",
    "select p.profile_id, p.p as p from profiles as p",
    "select p.profile_id, p.row_to_json as row_to_json from profiles as p",
    "select profile_id, count(p) as n from profiles as p group by profile_id",
    "select profile_id, row_number() over (order by p) as n from profiles as p",
    "with a as (select profile_id from profiles) select profile_id, a as a from a",
    "select p.profile_id, p.plan from profiles as p(profile_id, plan)",
    "with p(profile_id, x) as (select profile_id, plan from profiles) select profile_id, x from p",
    "select profile_id, rowid as rowid from profiles",
    "select q.profile_id, q.x from (select profile_id, first_name as x from profiles) as q",
    "select profile_id, plan from profiles union all select profile_id, first_name from profiles",
    "with sqlite_master as (select name as name from sqlite_master) select name as profile_id from sqlite_master",
    "select name as profile_id from sqlite_master where exists"
    " (with sqlite_master as (select 1 as x from profiles) select x from sqlite_master)",
    "with a as (select name from b), b as (select 1 as x from profiles) select name as profile_id from a",
    "select profile_id from profiles where cast('now' as timestamp) > as_of",
    "select profile_id from profiles where first_order_at > as_of - interval '1) --' day",
    "select profile_id from profiles where first_order_at > as_of - interval '3' fortnight",
    "select p.profile_id from profiles as p natural join profile_events as e",
    "select p.profile_id from profiles as p positional join profile_events as e",
    "select profile_id from profiles union by name select profile_id from profiles",
    "select distinct on (plan) profile_id from profiles",
    'select profile_id, plan as "order" from profiles',
    'select profile_id, plan as "group" from profiles',
    "select profile_id from profiles where plan like 'a\\_%'",
    "select profile_id from profiles group by all",
    "select profile_id, plan as sql_place from profiles",
    "select profile_id, plan as membership_rank from profiles",
    "select profile_id from profiles where city similar to 'x'",
    "select profile_id from profiles where city = ?",
    "select profile_id from profiles where city = $1",
    "select profile_id from profiles where city = getvariable('x')",
    "select cast(profile_id as blob) as profile_id from profiles",
    "select profile_id from profiles where list_transform(interests, lambda x: x) is null",
    "select profile_id, cast(lifetime_value as int) as x from profiles",
    "select profile_id, lifetime_value::bigint as x from profiles",
    "select profile_id, cast(round(lifetime_value) as int) as x from profiles",
    "select profile_id, cast('2.5' as int) as x from profiles",
    "select profile_id, floor(lifetime_value, 1) as x from profiles",
    "select profile_id from profiles where extract(dow from first_order_at) = 1",
    "select profile_id from profiles where extract(second from first_order_at) = 1",
    "select profile_id from {{ source('raw', 'x') }}",
    "select profile_id from {{ ref('profiles') }} {% if true %} {% endif %}",
    "select profile_id from {{ env_var('HOME') }}",
    "select profile_id from {{ ref('profiles', v=1) }}",
    "select profile_id from {{ ref('nothing') }}",
    "select profile_id from profiles where city = '{{ this }}'",
    "select profile_id from profiles /* {{ this }} */",
    "select profile_id from profiles where (" + "(" * 500,
    "((((",
    "--",
]


def faults(query: str) -> list[str]:
    text = f"{HEAD}sql: |\n" + "".join(f"  {line}\n" for line in query.splitlines())
    parsed = parse_segment(text, "f.yml")
    if parsed.segment is None:
        return [str(fault) for fault in parsed.faults]
    return [str(parsed.document.locate(finding)) for finding in check_words(parsed.segment, catalog())]


@pytest.mark.parametrize("query", HOSTILE)
def test_what_is_not_on_the_list_is_refused(query: str) -> None:
    (told,) = faults(query)
    assert told.startswith("f.yml:3:"), told
    assert "sql: " in told


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select profile_id from {{ ref('profiles') }} where city = 'O''Fallon'", ["p4"]),
        ("select p.profile_id from profiles.profiles p where p.lifetime_value / 7 > 42.8 -- {x}", ["p1", "p2", "p4"]),
        ("select profile_id from profiles where first_name like 'A%'", ["p1"]),
        (
            "with o as (select profile_id, count(*) as n from profile_events where event = 'order_placed'\n"
            "and occurred_at <= as_of group by profile_id) select profile_id, n as orders from o where n > 1",
            ["p1"],
        ),
        ("select 'nobody' as profile_id from profiles union select null from profiles", []),
        ("select profile_id from profile_events where event = 'cart_updated' and occurred_at > as_of - interval 1 day\n"
         "and occurred_at <= as_of and not exists (select 1 from profiles p where p.profile_id ="
         " profile_events.profile_id and plan is null)", ["p1", "p2", "p5"]),
        ("select P.Profile_Id from Profiles as P where first_order_at < cast('2026-01-01' as timestamp)", ["p4", "p5"]),
        ("select p.profile_id from profiles as p join (select profile_id as id from profile_events"
         " where event = 'order_placed') as e on e.id = p.profile_id order by p.profile_id", ["p1", "p2", "p4", "p5"]),
    ],
)  # fmt: skip
def test_what_a_query_finds(query: str, expected: list[str]) -> None:
    assert faults(query) == []
    text = f"{HEAD}sql: |\n" + "".join(f"  {line}\n" for line in query.splitlines())
    with world() as connection:
        assert members(connection, text) == expected


def test_two_queries_may_use_one_name() -> None:
    """Engines that get every common table expression at the top, Spark for one, would meet the name twice."""
    query = "sql: with few as (select profile_id from profiles where {}) select profile_id from few"
    who = "".join(f"  - {query.format(condition)}\n" for condition in ("plan = 'club'", "country = 'PL'"))
    for dialect in DIALECTS:
        tables = sqlglot.parse_one(compiled(f"{HEAD}who:\n{who}", dialect), read=dialect).find_all(exp.CTE)
        names = [found.alias for found in tables]
        assert len(set(names)) == len(names) == 4, (dialect, names)
    with world() as connection:
        assert members(connection, f"{HEAD}who:\n{who}") == ["p2"]


@pytest.mark.parametrize(
    ("whole", "type_of"),
    [
        ("floor(lifetime_value / 160)", "int"),
        ("ceil(lifetime_value)", "bigint"),
        ("-(length(plan))", "int"),
        ("7", "int"),
    ],
)
def test_a_cast_to_int_says_which_whole_number(whole: str, type_of: str) -> None:
    assert faults(f"select profile_id, cast({whole} as {type_of}) as x from profiles") == []
    (told,) = faults(f"select profile_id, cast(lifetime_value / 160 as {type_of}) as x from profiles")
    assert "say `cast(floor(...) as int)`" in told


def test_a_member_is_found_once_with_the_first_of_its_columns() -> None:
    text = f"{HEAD}sql: select profile_id, channel, amount from profile_events where event = 'order_placed'\n"
    with world() as connection:
        rows = connection.execute(compiled(text)).fetchall()
    assert sorted(rows)[0] == ("p1", "", "app", 120.0)
    assert len(rows) == len({row[0] for row in rows})


def test_a_query_stands_beside_other_lines_and_splits() -> None:
    lines = ["sql: select profile_id from profiles where plan is not null", "can_receive: email"]
    who = "who:\n" + "".join(f"  - {line}\n" for line in lines) + "exclude: [club]\n"
    with world() as connection:
        assert members(connection, HEAD + who) == ["p1"]


def test_a_query_gives_member_keys() -> None:
    query = "select profile_id, cart_id as member_key from profile_events where event = 'checkout_started'"
    with world() as connection:
        assert members(connection, f"{HEAD}per: cart_id\nsql: {query}\n") == ["p2/c22", "p4/c42"]
    assert "carries `cart_id`" in faults_of(f"{HEAD}per: cart_id\nsql: select profile_id from profiles\n")[0]


def faults_of(text: str) -> list[str]:
    parsed = parse_segment(text, "f.yml")
    assert parsed.segment is not None
    return [finding.what for finding in check_words(parsed.segment, catalog())]


def test_either_who_or_sql() -> None:
    both = parse_segment(f"{HEAD}who: [{{did: order_placed}}]\nsql: select 1\n", "f.yml")
    assert ["either `who` or `sql`" in fault.what for fault in both.faults] == [True]
    assert parse_segment(f"{HEAD}sql: [1]\n", "f.yml").faults[0].what.startswith("a word is expected")
