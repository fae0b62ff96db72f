"""A company of a dozen records, each there for a reason. The run is on 2026-06-15 at 04:30 UTC."""

from shapes_project import Shapes

AS_OF = "2026-06-15 04:30:00"
T = "2026-05-01 10:00:00"

IDENTIFIERS = [
    # Anna: a shop account, a CRM contact with the same e-mail, a card with the same phone, a browser.
    ("fx", "u:1", "user_id", "1", "2025-01-01 10:00:00"),
    ("fx", "u:1", "email", "anna@mail.example", "2025-01-01 10:00:00"),
    ("fx", "u:1", "anonymous_id", "browser-1", T),
    ("fx", "c:1", "crm_id", "1", "2025-02-01 10:00:00"),
    ("fx", "c:1", "email", "anna@mail.example", "2025-02-01 10:00:00"),
    ("fx", "c:1", "phone", "+48600100200", "2025-02-01 10:00:00"),
    ("fx", "l:1", "loyalty_id", "77", "2025-03-01 10:00:00"),
    ("fx", "l:1", "phone", "+48600100200", "2025-03-01 10:00:00"),
    ("fx", "l:1", "email", "anna.private@mail.example", "2025-03-01 10:00:00"),
    ("fx", "a:browser-1", "anonymous_id", "browser-1", "2026-04-01 10:00:00"),
    # Bob and Cecil share a junk address and a role mailbox, nothing else.
    ("fx", "u:2", "user_id", "2", T),
    ("fx", "u:2", "email", "test@test.com", T),
    ("fx", "u:2", "email", "info@firm.example", T),
    ("fx", "u:3", "user_id", "3", T),
    ("fx", "u:3", "email", "test@test.com", T),
    ("fx", "u:3", "email", "info@firm.example", T),
    # A visitor whom nobody knows, and a record that has nothing but a junk phone.
    ("fx", "a:browser-9", "anonymous_id", "browser-9", T),
    ("fx", "c:9", "phone", "+10000000000", T),
]
# Four accounts on one address: over the limit of three.
IDENTIFIERS += [("fx", f"u:{n}", "user_id", f"{n}", T) for n in range(10, 14)]
IDENTIFIERS += [("fx", f"u:{n}", "email", "family@mail.example", T) for n in range(10, 14)]

ATTRIBUTES = [
    ("fx", "u:1", "first_name", "Ania", "2026-01-01 10:00:00"),
    ("fx", "c:1", "first_name", "Anna", "2025-02-01 10:00:00"),
    ("fx", "c:1", "city", "Kraków", "2025-02-01 10:00:00"),
    ("fx", "u:1", "city", "Gdańsk", "2026-01-01 10:00:00"),
    ("fx", "u:1", "city", "Sopot", "2026-12-01 10:00:00"),  # after the run
    ("fx", "c:1", "birth_date", "1990-04-05", "2025-02-01 10:00:00"),
    ("fx", "u:1", "plan", "trial", "2026-06-01 10:00:00"),
    ("fx", "u:2", "is_employee", "false", "2026-06-01 10:00:00"),
    ("fx", "u:2", "is_employee", "true", "2020-06-01 10:00:00"),
]


EVENT_FIELDS = "order_id cart_id product_id category amount quantity message_id channel campaign properties"


def event(n: int, name: str, at: str, record: str, **fields: object) -> tuple[object, ...]:
    return (f"e{n}", name, at, "fx", record, *(fields.get(column) for column in EVENT_FIELDS.split()))


EVENTS = [
    event(1, "product_viewed", "2026-06-14 10:00:00", "a:browser-1", product_id="p1"),
    event(2, "email_delivered", "2026-06-10 10:00:00", "c:1", message_id="m1"),
    event(3, "email_opened", "2026-06-10 11:00:00", "c:1", message_id="m1"),
    event(4, "email_delivered", "2026-01-10 10:00:00", "c:1"),
    event(5, "order_placed", "2026-06-01 10:00:00", "u:1", order_id="o1", amount=150.0),
    event(6, "cart_updated", "2026-06-15 03:00:00", "u:1", cart_id="k1", amount=90.0),
    event(7, "email_bounced", "2026-06-02 10:00:00", "u:2", properties='{"bounce_type": "soft"}'),
    event(8, "page_viewed", "2026-06-20 10:00:00", "u:1"),  # after the run
    event(9, "email_unsubscribed", "2026-06-05 10:00:00", "u:10"),
    event(10, "page_viewed", "2026-06-05 10:00:00", "x:nobody"),
]

CONSENTS = [
    ("fx", "c:1", "email", "anna@mail.example", "email", "marketing", "granted", "2025-02-01 10:00:00", "form"),
    ("fx", "c:1", "email", "anna@mail.example", "email", "marketing", "withdrawn", "2026-02-01 10:00:00", "page"),
    ("fx", "l:1", "email", "anna.private@mail.example", "email", "marketing", "granted", "2025-03-01 10:00:00", "shop"),
    ("fx", "c:1", "phone", "+48600100200", "sms", "marketing", "granted", "2025-03-01 10:00:00", "form"),
    ("fx", "c:1", "phone", "+48600100200", "sms", "marketing", "denied", "2025-03-01 10:00:00", "call"),
    ("fx", "u:2", "email", "info@firm.example", "email", "marketing", "granted", T, "form"),
    ("fx", "u:2", "email", "test@test.com", "email", "marketing", "granted", T, "form"),
    ("fx", "u:10", "email", "family@mail.example", "email", "marketing", "granted", T, "form"),
]


def line(
    record: str | None, order: str, n: int, at: str, amount: float, kind: str, category: str = "toys"
) -> tuple[object, ...]:
    return ("fx", record, order, n, at, f"p{n}", "Thing", category, 1, amount, amount, "PLN", "web", kind)


ORDER_LINES = [
    line("u:1", "o1", 1, "2026-06-01 10:00:00", 100.10, "purchase"),
    line("u:1", "o1", 2, "2026-06-01 10:00:00", 50.20, "purchase", "books"),
    line("u:1", "o0", 1, "2025-06-01 10:00:00", 10.0, "purchase", "books"),
    line("l:1", "o2", 1, "2026-05-01 10:00:00", 20.0, "return"),
    line("u:1", "o3", 1, "2026-12-01 10:00:00", 999.0, "purchase"),  # after the run
    line("u:2", "o4", 1, "2024-01-01 10:00:00", 5.0, "purchase"),
    line(None, "o5", 1, T, 7.0, "unknown_customer"),
    line("x:nobody", "o6", 1, T, 8.0, "purchase"),
]

CARTS = [
    ("fx", "u:1", "k1", "2026-06-14 10:00:00", "2026-06-15 03:00:00", "open", 90.0, "[]"),
    ("fx", "a:browser-1", "k1", "2026-06-14 10:00:00", "2026-06-14 10:00:00", "open", 40.0, "[]"),
]
CHILDREN = [
    ("fx", "c:1", "child-1", "Zosia", "2021-06-18", "2025-02-01 10:00:00"),
    ("fx", "l:1", "child-2", "zosia", "2021-06-18", "2025-03-01 10:00:00"),
    ("fx", "c:1", "child-3", "Jan", "2019-11-30", "2025-02-01 10:00:00"),
]
POINTS = [
    ("fx", "l:1", "n1", "earn", 100, "2025-07-01 10:00:00", "2026-07-01 10:00:00"),
    ("fx", "l:1", "n2", "redeem", 30, "2025-08-01 10:00:00", None),
]

SHAPES: Shapes = {
    "identifiers": IDENTIFIERS,
    "attributes": ATTRIBUTES,
    "events": EVENTS,
    "consents": CONSENTS,
    "order_lines": ORDER_LINES,
    "carts": CARTS,
    "children": CHILDREN,
    "points": POINTS,
}
