"""A shop's warehouse made by SQL alone: raw events in no order, the identity map, and the published profiles stage.

Everything follows from row numbers, so that the same size is the same world. `raw.events` holds what the sources sent,
by identifier; `profiles.profile_events` holds the same rows by profile, ordered by (event, occurred_at).
"""

# ruff: noqa: E501  # SQL and YAML in one line each

from collections.abc import Sequence
from datetime import datetime, timedelta

AS_OF = datetime(2026, 6, 15, 4, 30)  # noqa: DTZ001  # naive UTC, as the warehouse keeps it
LATER = AS_OF + timedelta(minutes=15)
DAYS = 730
# Of 1,000 events; the words are the catalog's.
WEIGHTS = {
    "page_viewed": 270,
    "product_viewed": 200,
    "email_delivered": 130,
    "category_viewed": 80,
    "product_searched": 50,
    "email_opened": 50,
    "cart_updated": 45,
    "product_added_to_cart": 40,
    "app_opened": 40,
    "order_placed": 30,
    "logged_in": 25,
    "email_clicked": 12,
    "checkout_started": 10,
    "feature_used": 6,
    "product_added_to_wishlist": 4,
    "order_returned": 3,
    "ticket_opened": 2,
    "trial_activated": 1,
    "subscription_started": 1,
    "email_unsubscribed": 1,
}
CATEGORIES = ("shoes", "toys", "books", "garden", "kitchen", "sport", "beauty", "pets")
CITIES = ("Kraków", "Warszawa", "Gdynia", "Poznań", "Wrocław", "Łódź", "Lublin", "Kielce", "Opole", "Toruń")
PLANS = ("trial", "club", "plus")
GROUPS = ("champions", "loyal", "recent", "promising", "needs_attention", "at_risk", "hibernating")
STAGES = ("prospect", "new", "active", "at_risk", "lapsed", "lost")
# A third of the people were last seen some time ago.
_GONE = "greatest(0, 700 - 2100 * (hash(person * 64 + 33) % 1000) / 1000.0)"
_SOME_TIME = f"timestamp '{AS_OF}' - to_seconds((86400 * ({_GONE} + ({DAYS} - {_GONE}) * {{draw}}))::bigint)"
_JUST_NOW = f"timestamp '{LATER}' - to_seconds(floor(900 * {{draw}})::bigint)"
_KEPT = "event, occurred_at, order_id, cart_id, product_id, category, amount, quantity, message_id, channel, campaign"


def statements(people: int, events: int) -> list[str]:
    """Makes the world as of AS_OF; the events of the 15 minutes after it wait in `raw.coming`."""
    coming = max(20, round(events / (DAYS * 24 * 4)))
    return [
        *(f"create schema {name}" for name in ("raw", "identity", "profiles", "heddle")),
        _identity_map(people),
        f"create table raw.events as {_events(people, 0, events, _SOME_TIME)}",
        f"create table raw.coming as {_events(people, events, events + coming, _JUST_NOW)}",
        f"create table profiles.profile_events as {_resolved('raw.events')} order by e.event, e.occurred_at",
        *_profiles(people),
        f"create table heddle.clock as select timestamp '{AS_OF}' as as_of",
        "checkpoint",
    ]


def fifteen_minutes_later() -> list[str]:
    """The raw events that came, and the same behind the ordered ones; the clock moves on."""
    return [
        "insert into raw.events select * from raw.coming",
        f"insert into profiles.profile_events {_resolved('raw.coming')} order by e.event, e.occurred_at",
        f"update heddle.clock set as_of = timestamp '{LATER}'",
        "checkpoint",
    ]


def _draw(salt: int, number: str = "i") -> str:
    """A number in [0, 1) that depends on the row and on nothing else."""
    return f"(hash({number} * 64 + {salt}) % 1000000007) / 1000000007.0"


def _pick(values: Sequence[str], salt: int, number: str = "i") -> str:
    """One of the values; the first ones come more often."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"[{listed}][1 + floor({len(values)} * pow({_draw(salt, number)}, 1.3))::integer]"


def _profile_id(number: str) -> str:
    return f"md5('person' || {number})[:16]"


def _identity_map(people: int) -> str:
    """Three identifiers each, as an account, an address and a browser give them."""
    kinds = [("customer_id", "'c' || i"), ("email", "'person' || i || '@mail.example'"), ("device_id", "md5('d' || i)")]
    rows = [
        f"select '{kind}' as node_type, {value} as node_value, {_profile_id('i')} as profile_id from range({people}) r(i)"
        for kind, value in kinds
    ]
    return f"create table identity.identity_map as {' union all '.join(rows)}"


def _events(people: int, first: int, last: int, moment: str) -> str:
    """Rows `first` to `last`, in the order of their numbers, which says nothing about time, event or person. `moment` is
    when a person's event happened, by a draw."""
    total, reached, names = sum(WEIGHTS.values()), 0, []
    for name, weight in WEIGHTS.items():
        reached += weight
        names.append(f"when kind < {reached} then '{name}'")
    return f"""
        with drawn as (
            select
                i,
                floor({people} * pow({_draw(1)}, 1.4))::bigint as person,
                floor({total} * {_draw(2)}) as kind,
                {moment.format(draw=_draw(3))} as occurred_at
            from range({first}, {last}) r(i)
        ),
        named as (select *, case {" ".join(names)} end as event from drawn)
        select
            case
                when event like 'email%' then 'email'
                when event like 'order%' or event in ('logged_in', 'feature_used', 'trial_activated') then 'customer_id'
                else 'device_id'
            end as identifier_type,
            case identifier_type
                when 'email' then 'person' || person || '@mail.example'
                when 'customer_id' then 'c' || person
                else md5('d' || person)
            end as identifier_value,
            event,
            occurred_at,
            case when event like 'order%' then 'o' || i end as order_id,
            case when event in ('cart_updated', 'order_placed', 'checkout_started')
                then person || '-' || (epoch(occurred_at)::bigint // 604800) end as cart_id,
            case when event like 'product%' then 'k' || floor(5000 * {_draw(4)})::integer end as product_id,
            case when event in ('product_viewed', 'category_viewed', 'product_added_to_cart', 'product_added_to_wishlist')
                then {_pick(CATEGORIES, 5)} end as category,
            case when event like 'order%' or event like 'cart%' or event like 'product%' or event like 'sub%'
                then round(10 + 290 * pow({_draw(6)}, 3), 2) end as amount,
            case when event like 'order%' then 1 + floor(4 * {_draw(7)}) end as quantity,
            case when event like 'email%' then 'm' || floor(2000 * {_draw(8)})::integer end as message_id,
            {_pick(("web", "app", "store"), 9)} as channel,
            case when event like 'email%' or event = 'page_viewed' then 'c' || floor(60 * {_draw(10)})::integer end as campaign
        from named
    """


def _resolved(raw: str) -> str:
    return f"""
        select m.profile_id, {_KEPT}
        from {raw} as e
        join identity.identity_map as m on e.identifier_type = m.node_type and e.identifier_value = m.node_value
    """


def _profiles(people: int) -> list[str]:
    person = _profile_id("i")
    return [
        f"""
        create table profiles.profiles as
        select
            {person} as profile_id,
            {_pick(CITIES, 11)} as city,
            case when {_draw(12)} < 0.9 then 'PL' else 'DE' end as country,
            case when {_draw(13)} < 0.4 then {_pick(PLANS, 14)} end as plan,
            case when {_draw(15)} < 0.7 then date '1950-01-01' + floor(20000 * {_draw(16)})::integer end as birth_date,
            {_draw(17)} < 0.01 as is_employee,
            floor(12 * pow({_draw(18)}, 2))::bigint as orders_count,
            round(3000 * pow({_draw(19)}, 4), 2) as lifetime_value,
            case when {_draw(18)} > 0.2
                then timestamp '{AS_OF}' - to_hours(floor(24 * {DAYS} * {_draw(20)})::integer) end as last_order_at,
            {_pick(GROUPS, 21)} as rfm_group,
            {_pick(STAGES, 22)} as lifecycle_stage,
            case when {_draw(23)} < 0.8 then {_pick(CATEGORIES, 24)} end as favourite_category,
            floor(500 * pow({_draw(25)}, 3)) as points_balance
        from range({people}) r(i)
        """,
        f"""
        create table profiles.profile_children as
        select {person} as profile_id, 'child' || i as child_id,
            date '2012-01-01' + floor(5000 * {_draw(26)})::integer as birth_date, 'Ola' as first_name
        from range({people}) r(i) where {_draw(27)} < 0.3
        """,
        f"""
        create table profiles.profile_carts as
        select {person} as profile_id, 'cart' || i as cart_id,
            timestamp '{AS_OF}' - to_hours(floor(24 * 60 * {_draw(28)})::integer) as created_at,
            timestamp '{AS_OF}' - to_hours(floor(24 * 30 * {_draw(28)})::integer) as updated_at,
            {_pick(("open", "ordered", "expired"), 29)} as status,
            round(500 * pow({_draw(30)}, 2), 2) as total
        from range({people}) r(i) where {_draw(31)} < 0.4
        """,
        f"""
        create table profiles.profile_reachability as
        select {person} as profile_id, channel, purpose,
            {_draw(32, "(i * 8 + length(channel || purpose))")} < 0.6 as is_reachable
        from range({people}) r(i),
            (values ('email'), ('sms'), ('ads')) c(channel), (values ('marketing'), ('ads')) p(purpose)
        """,
    ]
