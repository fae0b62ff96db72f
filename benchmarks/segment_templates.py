"""Twenty kinds of segment, ten of each: the YAML, and the query an analyst writes by hand for the same people.

A hand-written query knows the raw events and the identity map, reads every event it needs in one scan where it can, and filters
before it joins. It gives one row per member; `per` is the column that tells two members of one person apart.
"""

# ruff: noqa: E501  # SQL and YAML in one line each

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

ROUNDS = 10
CATEGORIES = ("shoes", "toys", "books", "garden", "kitchen", "sport", "beauty", "pets")
CITIES = ("Kraków", "Warszawa", "Gdynia", "Poznań", "Wrocław", "Łódź", "Lublin", "Kielce", "Opole", "Toruń")
ANY_ACTIVITY = """'page_viewed', 'product_viewed', 'category_viewed', 'product_searched', 'product_added_to_cart', 'cart_updated',
    'checkout_started', 'product_added_to_wishlist', 'logged_in', 'app_opened', 'order_placed', 'order_returned', 'email_opened',
    'email_clicked', 'trial_activated', 'feature_used', 'subscription_started', 'ticket_opened'"""
VISITS = "'page_viewed', 'product_viewed', 'category_viewed', 'product_searched', 'app_opened'"
RESOLVED = """
    from raw.events as e
    join identity.identity_map as m on e.identifier_type = m.node_type and e.identifier_value = m.node_value
    where e.occurred_at <= {now} and """


@dataclass(frozen=True)
class Case:
    """`yaml` is everything after the title; `by_hand` selects profile_id and member_key."""

    name: str
    yaml: str
    by_hand: str


Template = Callable[[int], tuple[str, str]]


def cases(as_of: datetime) -> Iterator[Case]:
    """Two hundred segments, and their queries at `as_of`."""
    for template in TEMPLATES:
        for number in range(ROUNDS):
            who, sql = template(number)
            yield Case(f"{template.__name__}_{number}", who, sql.replace("{now}", f"timestamp '{as_of}'"))


def ago(words: str) -> str:
    return f"({{now}} - interval '{words}')"


def people(condition: str) -> str:
    """Who has an event like that, once."""
    return f"select distinct m.profile_id{RESOLVED}{condition}"


def grouped(condition: str, having: str) -> str:
    return f"select m.profile_id{RESOLVED}{condition} group by m.profile_id having {having}"


def reachable(channel: str) -> str:
    return f"""select profile_id from profiles.profile_reachability
        where channel = '{channel}' and purpose = 'marketing' and is_reachable"""


def plain(sql: str) -> str:
    return f"select profile_id, '' as member_key from ({sql}) as found"


def recent_viewers(n: int) -> tuple[str, str]:
    days, category = 5 + 3 * n, CATEGORIES[n % 8]
    return (
        f"who: [{{did: product_viewed, within_last: {days} days, where: {{category: {category}}}}}]",
        plain(
            people(
                f"e.event = 'product_viewed' and e.category = '{category}' and e.occurred_at > {ago(f'{days} days')}"
            )
        ),
    )


def frequent_buyers(n: int) -> tuple[str, str]:
    days, least = 90 + 30 * n, 2 + n % 3
    return (
        f"who: [{{did: order_placed, within_last: {days} days, count: {{at_least: {least}}}}}]",
        plain(grouped(f"e.event = 'order_placed' and e.occurred_at > {ago(f'{days} days')}", f"count(*) >= {least}")),
    )


def spenders(n: int) -> tuple[str, str]:
    days, above = 60 + 30 * n, 100 + 50 * n
    sql = grouped(f"e.event = 'order_placed' and e.occurred_at > {ago(f'{days} days')}", f"sum(e.amount) > {above}")
    return (
        f"who:\n  - {{did: order_placed, within_last: {days} days, sum: {{of: order_total, above: {above}}}}}\n"
        "  - can_receive: email",
        plain(f"{sql} intersect {reachable('email')}"),
    )


def sms_only_buyers(n: int) -> tuple[str, str]:
    days, above = 30 + 15 * n, 20 + 10 * n
    bought = grouped(f"e.event = 'order_placed' and e.occurred_at > {ago('1 year')}", f"avg(e.amount) > {above}")
    got = grouped(f"e.event = 'email_delivered' and e.occurred_at > {ago(f'{days} days')}", "count(*) >= 3")
    opened = people(f"e.event = 'email_opened' and e.occurred_at > {ago(f'{days} days')}")
    return (
        f"who:\n  - {{did: order_placed, within_last: 1 year, average: {{of: order_total, above: {above}}}}}\n"
        f"  - {{did: email_delivered, within_last: {days} days, count: {{at_least: 3}}}}\n"
        f"  - {{did_not: email_opened, within_last: {days} days}}\n  - can_receive: sms",
        plain(f"({bought} intersect {got} intersect {reachable('sms')}) except {opened}"),
    )


def abandoned_carts(n: int) -> tuple[str, str]:
    hours = 24 + 12 * n
    sql = f"""
        with events as (
            select m.profile_id, e.event, e.cart_id, e.occurred_at{RESOLVED}
                e.event in ('cart_updated', 'order_placed') and e.occurred_at > {ago(f"{hours} hours")} and e.cart_id is not null
        ),
        carts as (select profile_id, cart_id, max(occurred_at) as last_at from events where event = 'cart_updated' group by 1, 2)
        select c.profile_id, c.cart_id as member_key from carts as c
        where c.last_at <= {ago("1 hour")} and c.profile_id in ({reachable("email")}) and not exists (
            select 1 from events as o where o.event = 'order_placed' and o.profile_id = c.profile_id
                and o.cart_id = c.cart_id and o.occurred_at > c.last_at
        )"""
    return (
        f"per: cart_id\nwho:\n  - {{did: cart_updated, last_time: {{older_than: 1 hour, newer_than: {hours} hours}}}}\n"
        "  - {did_not: order_placed, since: cart_updated}\n  - can_receive: email\nrefresh: every 15 minutes",
        sql,
    )


def sleepers(n: int) -> tuple[str, str]:
    days = 60 + 60 * n
    return (
        f"who: [{{did: any_activity, last_time: {{older_than: {days} days}}}}]",
        plain(grouped(f"e.event in ({ANY_ACTIVITY})", f"max(e.occurred_at) <= {ago(f'{days} days')}")),
    )


def cooling_visitors(n: int) -> tuple[str, str]:
    old, new = 7 + 3 * n, 30 + 15 * n
    moments = f"max(e.occurred_at) <= {ago(f'{old} days')}"
    return (
        f"who: [{{did: any_visit, last_time: {{older_than: {old} days, newer_than: {new} days}}}}]",
        plain(grouped(f"e.event in ({VISITS}) and e.occurred_at > {ago(f'{new} days')}", moments)),
    )


def users_without_orders(n: int) -> tuple[str, str]:
    days = 90 + 30 * n
    used, bought = "e.event = 'feature_used'", f"e.event = 'order_placed' and e.occurred_at > {ago(f'{days} days')}"
    return (
        f"who:\n  - {{did: feature_used, ever: yes}}\n  - {{did_not: order_placed, within_last: {days} days}}",
        plain(f"{people(used)} except {people(bought)}"),
    )


def trials_not_started(n: int) -> tuple[str, str]:
    old, new = 3 + n, 30 + 10 * n
    sql = f"""
        with events as (
            select m.profile_id, e.event, e.occurred_at{RESOLVED}
                e.event in ('trial_activated', 'feature_used', 'subscription_started') and e.occurred_at > {ago(f"{new} days")}
        ),
        trials as (select profile_id, max(occurred_at) as last_at from events where event = 'trial_activated' group by 1)
        select t.profile_id, '' as member_key from trials as t
        where t.last_at <= {ago(f"{old} days")} and t.profile_id in ({reachable("email")}) and not exists (
            select 1 from events as u where u.event <> 'trial_activated' and u.profile_id = t.profile_id
                and u.occurred_at > t.last_at
        )"""
    return (
        f"who:\n  - {{did: trial_activated, last_time: {{older_than: {old} days, newer_than: {new} days}}}}\n"
        "  - {did_not: feature_used, since: trial_activated}\n  - {did_not: subscription_started, since: trial_activated}\n"
        "  - can_receive: email",
        sql,
    )


def valued_in_a_city(n: int) -> tuple[str, str]:
    value, cities = 200 + 50 * n, (CITIES[n], CITIES[(n + 3) % 10])
    return (
        f"who:\n  - {{trait: lifetime_value, above: {value}}}\n  - {{trait: city, one_of: [{cities[0]}, {cities[1]}]}}\n"
        "  - {trait: plan, is: club}",
        f"""select profile_id, '' as member_key from profiles.profiles
            where lifetime_value > {value} and city in ('{cities[0]}', '{cities[1]}') and plan = 'club'""",
    )


def lapsed_without_clicks(n: int) -> tuple[str, str]:
    days = 120 + 30 * n
    clicked = f"e.event = 'email_clicked' and e.occurred_at > {ago('90 days')}"
    return (
        f"who:\n  - {{trait: last_order_at, older_than: {days} days}}\n  - {{trait: orders_count, at_least: 2}}\n"
        "  - {did: email_delivered, within_last: 60 days}\n  - {did_not: email_clicked, within_last: 90 days}",
        plain(f"""(select profile_id from profiles.profiles
            where last_order_at <= {ago(f"{days} days")} and orders_count >= 2
            intersect {people(f"e.event = 'email_delivered' and e.occurred_at > {ago('60 days')}")})
            except {people(clicked)}"""),
    )


def child_birthdays(n: int) -> tuple[str, str]:
    day = f"(cast({{now}} at time zone 'UTC' at time zone 'Europe/Warsaw' as date) + {n + 1})"
    sql = f"""
        select c.profile_id, c.child_id as member_key from profiles.profile_children as c
        where strftime(c.birth_date, '%m-%d') = strftime({day}, '%m-%d') and c.profile_id in ({reachable("email")})"""
    return (
        f"per: child_id\nwho:\n  - {{has: child, where: {{birth_date: {{anniversary_in: {n + 1} days}}}}}}\n"
        "  - can_receive: email\nrefresh: daily at 06:00",
        sql,
    )


def open_carts(n: int) -> tuple[str, str]:
    total = 50 + 30 * n
    return (
        f"who:\n  - {{has: cart, where: {{status: open, total: {{at_least: {total}}}, updated_at: {{in_last: 14 days}}}}}}\n"
        "  - {did: page_viewed, within_last: 14 days}",
        plain(f"""select profile_id from profiles.profile_carts
            where status = 'open' and total >= {total} and updated_at > {ago("14 days")} and updated_at <= {{now}}
            intersect {people(f"e.event = 'page_viewed' and e.occurred_at > {ago('14 days')}")}"""),
    )


def buyers_with_a_cart(n: int) -> tuple[str, str]:
    """Reads another segment."""
    days = 10 + 5 * n
    _, inner = frequent_buyers(n)
    added = people(f"e.event = 'product_added_to_cart' and e.occurred_at > {ago(f'{days} days')}")
    return (
        f"who:\n  - {{in_segment: frequent_buyers_{n}}}\n  - {{did: product_added_to_cart, within_last: {days} days}}",
        plain(f"select profile_id from ({inner}) as i intersect {added}"),
    )


def unhappy(n: int) -> tuple[str, str]:
    days = 30 + 20 * n
    returned = people(f"e.event = 'order_returned' and e.occurred_at > {ago(f'{6 * days} days')}")
    asked = people(f"e.event = 'ticket_opened' and e.occurred_at > {ago(f'{days} days')}")
    return (
        f"who:\n  - any_of:\n      - {{did: order_returned, within_last: {6 * days} days}}\n"
        "      - {trait: rfm_group, is: at_risk}\n"
        f"  - none_of:\n      - {{did: ticket_opened, within_last: {days} days}}\n      - {{trait: is_employee, is: yes}}",
        plain(f"""select profile_id from (
            {returned} union select profile_id from profiles.profiles where rfm_group = 'at_risk' except {asked}) as found
            where profile_id not in (select profile_id from profiles.profiles where is_employee)"""),
    )


def openers_not_buyers(n: int) -> tuple[str, str]:
    """Leaves out another segment."""
    days = 20 + 10 * n
    _, inner = frequent_buyers(n)
    opened = people(f"e.event = 'email_opened' and e.occurred_at > {ago(f'{days} days')}")
    return (
        f"who: [{{did: email_opened, within_last: {days} days}}]\nexclude: [frequent_buyers_{n}]",
        plain(f"{opened} except select profile_id from ({inner}) as i"),
    )


def best_customers(n: int) -> tuple[str, str]:
    size, days = 500 * (n + 1), 180 + 30 * n
    bought = people(f"e.event = 'order_placed' and e.occurred_at > {ago(f'{days} days')}")
    return (
        f"who: [{{did: order_placed, within_last: {days} days}}]\ntop: {{n: {size}, by: lifetime_value}}",
        f"""select profile_id, '' as member_key from profiles.profiles where profile_id in ({bought})
            order by lifetime_value desc, profile_id limit {size}""",
    )


def sampled_visitors(n: int) -> tuple[str, str]:
    days, percent, salt = 3 + n, 10 + 5 * n, f"trial_{n}"
    hashed = f"cast('0x' || substr(md5('{salt}:' || profile_id), 1, 7) as bigint) % 10000"
    seen = people(f"e.event = 'page_viewed' and e.occurred_at > {ago(f'{days} days')}")
    return (
        f"who: [{{did: page_viewed, within_last: {days} days}}]\nsample: {{percent: {percent}, salt: {salt}}}",
        f"select profile_id, '' as member_key from ({seen}) as s where {hashed} < {percent * 100}",
    )


def explorers(n: int) -> tuple[str, str]:
    days, least = 30 + 10 * n, 2 + n % 3
    return (
        f"who: [{{did: product_viewed, within_last: {days} days, distinct: {{of: category, at_least: {least}}}}}]",
        plain(
            grouped(
                f"e.event = 'product_viewed' and e.occurred_at > {ago(f'{days} days')}",
                f"count(distinct e.category) >= {least}",
            )
        ),
    )


def new_customers(n: int) -> tuple[str, str]:
    days = 15 + 10 * n
    return (
        f"who:\n  - {{did: order_placed, first_time: {{newer_than: {days} days}}}}\n"
        "  - {did: any_activity, within_last: 90 days, count: {at_least: 2}}",
        plain(f"""{grouped("e.event = 'order_placed'", f"min(e.occurred_at) > {ago(f'{days} days')}")}
            intersect {grouped(f"e.event in ({ANY_ACTIVITY}) and e.occurred_at > {ago('90 days')}", "count(*) >= 2")}"""),
    )


TEMPLATES: tuple[Template, ...] = (
    recent_viewers,
    frequent_buyers,
    spenders,
    sms_only_buyers,
    abandoned_carts,
    sleepers,
    cooling_visitors,
    users_without_orders,
    trials_not_started,
    valued_in_a_city,
    lapsed_without_clicks,
    child_birthdays,
    open_carts,
    buyers_with_a_cart,
    unhappy,
    openers_not_buyers,
    best_customers,
    sampled_visitors,
    explorers,
    new_customers,
)
