import pyarrow.parquet as pq
import pytest

from .conftest import Staged

pytestmark = pytest.mark.slow

# fmt: off
CANONICAL = {
    "page_viewed", "product_viewed", "category_viewed", "product_searched", "product_added_to_cart",
    "product_removed_from_cart", "cart_updated", "checkout_started", "product_added_to_wishlist", "signed_up",
    "logged_in", "app_opened", "order_placed", "order_returned", "order_cancelled", "email_delivered",
    "email_opened", "email_machine_opened", "email_clicked", "email_bounced", "email_complained",
    "email_unsubscribed", "trial_activated", "feature_used", "subscription_started", "subscription_cancelled",
    "subscription_ended", "points_earned", "points_redeemed", "ticket_opened", "ticket_closed", "coupon_redeemed",
}
# fmt: on
SHAPES = ("identifiers", "attributes", "events", "consents", "order_lines", "carts", "children", "products", "points")


def shape(name: str, staged: Staged, columns: str) -> str:
    """All rows of a shape, whatever sources give it."""
    tables = staged.rows(
        "select table_name from information_schema.tables where table_schema = 'staging'"
        f" and table_name like 'stg%' and split_part(table_name, '__', 2) = '{name}' order by 1"
    )
    return " union all ".join(f"select {columns} from staging.{table}" for (table,) in tables)


def test_every_model_builds_and_every_test_passes(staged: Staged) -> None:
    assert [f"{r.name}: {r.status} {r.message}" for r in staged.results if r.status not in ("success", "pass")] == []
    assert {r.kind for r in staged.results} == {"model", "test", "unit_test"}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_has_rows(staged: Staged, name: str) -> None:
    assert staged.rows(f"select count(*) > 0 from ({shape(name, staged, 'source')})") == [(True,)]


def test_events_have_canonical_names_and_a_record(staged: Staged) -> None:
    events = shape("events", staged, "event, source, record_id")
    assert {event for (event,) in staged.rows(f"select distinct event from ({events})")} <= CANONICAL
    # a receipt without card and phone is nobody's
    nameless = staged.rows(f"select distinct source from ({events}) where record_id is null")
    assert nameless == [("pos",)]


def test_identifiers_are_normalised(staged: Staged) -> None:
    identifiers = shape("identifiers", staged, "identifier_type, identifier_value")
    odd = f"""
        select count(*) from ({identifiers})
        where (identifier_type = 'email' and not regexp_full_match(identifier_value, '[^@ A-Z]+@[^@ A-Z]+[.][a-z]+'))
            or (identifier_type = 'phone' and not regexp_full_match(identifier_value, '[+][0-9]{{8,15}}'))
            or lower(identifier_value) in ('n/a', '-', '', 'null')
    """
    assert staged.rows(odd) == [(0,)]


def test_every_link_says_when_its_newest_row_was_loaded(staged: Staged) -> None:
    links = shape("identifiers", staged, "source, record_id, identifier_type, identifier_value, loaded_at")
    loaded = "count(*) filter (where loaded_at in (select loaded_at from raw.raw_files))"
    assert staged.rows(f"select {loaded} = count(*) from ({links}) as links") == [(True,)]
    link = "source, record_id, identifier_type, identifier_value"
    torn = f"select 1 from ({links}) as links group by {link} having count(distinct loaded_at) > 1"
    assert staged.rows(torn) == []


def test_records_are_those_of_the_truth(staged: Staged) -> None:
    truth = pq.read_table(staged.settings.data / "demo_truth" / "records.parquet").to_pylist()
    known = {(row["source"], row["record_id"]) for row in truth}
    records = shape("identifiers", staged, "source, record_id")
    ours = set(staged.rows(f"select distinct source, record_id from ({records})"))
    # addresses are no records of the truth, and carts of the shop name visitors of the web
    addresses = {row for row in ours if row[0] in ("email", "consents") or (row[0], row[1][:2]) == ("shop", "a:")}
    assert ours - addresses <= known, sorted(ours - addresses - known)[:10]
    everybody = {row for row in known if row[0] in ("shop", "crm", "loyalty")}
    # a row that ingestion had to reject is in the file a second time, unharmed
    assert everybody <= ours, sorted(everybody - ours)[:10]


def test_money_adds_up(staged: Staged) -> None:
    totals = """
        select count(*) filter (where abs(e.amount - l.amount) > 0.01), count(*)
        from (select order_id, amount from staging.stg_shop__events where event = 'order_placed'
            union all select order_id, amount from staging.stg_pos__events) as e
        join (select order_id, sum(amount) as amount from (
            select order_id, amount from staging.stg_shop__order_lines
            union all select order_id, amount from staging.stg_pos__order_lines) group by 1) as l using (order_id)
    """
    wrong, orders = staged.rows(totals)[0]
    assert orders > 100 and wrong <= 0.01 * orders + 2


def test_no_record_id_holds_personal_data(staged: Staged) -> None:
    records = " union all ".join(shape(name, staged, "record_id") for name in ("identifiers", "events", "consents"))
    assert staged.rows(f"select count(*) from ({records}) where record_id like '%@%' or record_id like '%+%'") == [(0,)]


def test_loading_and_building_again_changes_nothing(staged: Staged) -> None:
    def counts() -> list[tuple[object, ...]]:
        return [
            (name, *staged.rows(f"select count(*), bit_xor(hash(t)) from ({shape(name, staged, '*')}) as t")[0])
            for name in ("identifiers", "attributes", "events", "order_lines")
        ]

    before = counts()
    numbers = staged.rows("select count(*) from staging.phone_numbers")
    staged.load()
    staged.build()
    assert counts() == before
    assert staged.rows("select count(*) from staging.phone_numbers") == numbers
