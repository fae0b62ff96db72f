"""The same job on real, published data: nothing of the demo company in it, and the known figures come out."""

from pathlib import Path

import pytest
from trial_shop import ROOT, Shop

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

REAL = ROOT.parent / "shared" / "data"


def real_shop(folder: Path, group: str) -> Shop:
    if not (REAL / group).is_dir():
        pytest.skip(f"the published data set {group} is not on this machine (looked in {REAL / group})")
    shop = Shop(folder, sources=group, data=REAL)
    shop.output = shop.heddle("run").stdout
    return shop


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return real_shop(tmp_path_factory.mktemp("retail"), "online_retail")


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return real_shop(tmp_path_factory.mktemp("journey"), "complete_journey")


def test_no_raw_row_is_lost(retail: Shop) -> None:
    assert retail.rows("select count(*) from online_retail.transactions") == [(541_909,)]
    assert retail.rows("select sum(rows), sum(rejects) from raw.raw_files") == [(541_909, 0)]
    attributed = retail.rows("select count(*) from profiles.profile_order_lines")[0][0]
    nameless = retail.rows("select count(*) from profiles.unattributed_order_lines")[0][0]
    assert attributed + nameless == 541_909


def test_customers_and_buyers(retail: Shop) -> None:
    assert retail.rows("select count(*) from profiles.profiles") == [(4_372,)]
    assert retail.rows("select count(*) from profiles.profiles where orders_count > 0") == [(4_338,)]
    assert retail.rows("select count(*) from profiles.profiles where orders_count = 1") == [(1_493,)]


def test_money(retail: Shop) -> None:
    assert retail.rows("select round(sum(lifetime_value), 2) from profiles.profiles") == [(8_911_407.90,)]
    median = "select round(median(lifetime_value), 3) from profiles.profiles where orders_count > 0"
    assert retail.rows(median) == [(674.485,)]


def test_the_best_customer(retail: Shop) -> None:
    best = """
        select m.node_value, round(p.lifetime_value, 2)
        from profiles.profiles as p
        join identity.identity_map as m on m.profile_id = p.profile_id and m.node_type = 'user_id'
        order by p.lifetime_value desc limit 1
    """
    assert retail.rows(best) == [("14646", 280_206.02)]


def test_cancellations_and_nameless_rows_are_kept_and_explained(retail: Shop) -> None:
    kinds = dict(
        retail.rows(
            "select line_kind, count(*) from (select line_kind from profiles.profile_order_lines"
            " union all select line_kind from profiles.unattributed_order_lines) group by 1"
        )
    )
    assert sum(kinds.values()) == 541_909
    assert kinds["purchase"] == 397_884
    assert kinds["cancellation"] > 8_000 and kinds["unknown_customer"] > 100_000
    assert retail.rows("select count(*) from profiles.unattributed_order_lines where reason is null") == [(0,)]


def test_sensible_segments_are_delivered_as_files(retail: Shop) -> None:
    sizes = dict(retail.rows("select segment, count(*) from segments.segment_memberships group by 1"))
    assert len(sizes) >= 4 and all(0 < n < 4_372 for n in sizes.values()), sizes
    delivered = [p for p in (retail.state / "outbox").rglob("*") if p.suffix in (".csv", ".parquet")]
    assert len(delivered) >= 4


def test_nothing_of_the_demo_company_is_in_it(retail: Shop) -> None:
    assert retail.rows("select distinct source from raw.raw_files") == [("online_retail",)]
    schemas = {row[0] for row in retail.rows("select distinct table_schema from information_schema.tables")}
    assert not schemas & {"shop", "web", "crm", "loyalty"}
    assert "abandoned_cart" not in retail.output


def test_a_second_run_has_nothing_to_do(retail: Shop) -> None:
    assert "nothing to do" in retail.heddle("run").stdout


def test_complete_journey_keeps_its_known_figures(journey: Shop) -> None:
    assert journey.rows("select count(*) from complete_journey.transactions_sample") == [(75_000,)]
    assert journey.rows("select count(*) from profiles.profiles where orders_count > 0")[0][0] in range(2_300, 2_378)
    households = (
        "select count(distinct node_value) from identity.identity_map where node_type in ('user_id', 'household_id')"
    )
    assert journey.rows(households)[0][0] >= 2_377
    assert journey.rows("select count(*) from profiles.profile_events where event = 'coupon_redeemed'") == [(2_102,)]
    assert journey.rows("select count(*) from profiles.profile_events where event = 'campaign_received'") == [(6_589,)]


def test_complete_journey_has_segments(journey: Shop) -> None:
    assert journey.rows("select count(distinct segment) from segments.segment_memberships")[0][0] >= 2
