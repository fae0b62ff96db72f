"""Staging of the published data sets against figures that were computed without it."""

from datetime import datetime
from pathlib import Path

import pytest

from heddle.settings import Settings

from .conftest import ROOT, Staged, staging_project

pytestmark = pytest.mark.thorough
REAL = ROOT.parent / "shared" / "data"


def stage(folder: Path, group: str, as_of: datetime) -> Staged:
    if not (REAL / group).is_dir():
        pytest.skip(f"the published data set {group} is not on this machine (looked in {REAL / group})")
    root = staging_project(folder)
    staged = Staged(Settings.load(root=root, data=REAL, state=folder / "state", sources=(group,)), as_of)
    staged.load()
    staged.build()
    return staged


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    return stage(tmp_path_factory.mktemp("retail"), "online_retail", datetime.fromisoformat("2011-12-10T00:00:00"))


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    return stage(tmp_path_factory.mktemp("journey"), "complete_journey", datetime.fromisoformat("2018-01-02T00:00:00"))


def test_no_line_is_lost_and_every_line_is_explained(retail: Staged) -> None:
    kinds = retail.rows("select line_kind, count(*) from staging.stg_online_retail__order_lines group by 1")
    assert dict(kinds) == {
        "purchase": 397_884,
        "unknown_customer": 132_219,
        "cancellation": 9_288,
        "adjustment": 2_478,
        "gift": 40,
    }
    assert sum(n for _, n in kinds) == 541_909
    assert all(result.ok for result in retail.results)


def test_customers_and_what_they_spent(retail: Staged) -> None:
    assert retail.rows("select count(distinct identifier_value) from staging.stg_online_retail__identifiers") == [
        (4_372,)
    ]
    spent = """
        with spent as (
            select record_id, sum(amount) as total, count(distinct order_id) as orders
            from staging.stg_online_retail__order_lines
            where line_kind = 'purchase'
            group by 1
        )
        select count(*), round(sum(total), 2), count(*) filter (where orders = 1), round(median(total), 3),
            arg_max(record_id, total), round(max(total), 2)
        from spent
    """
    assert retail.rows(spent) == [(4_338, 8_911_407.90, 1_493, 674.485, "u:14646", 280_206.02)]


def test_an_order_is_one_event_with_its_total(retail: Staged) -> None:
    orders = """
        select count(*), count(record_id), round(sum(amount) filter (where record_id is not null), 2)
        from staging.stg_online_retail__events where event = 'order_placed'
    """
    assert retail.rows(orders) == [(19_959, 18_532, 8_911_407.90)]
    cancelled = "select count(*) from staging.stg_online_retail__events where event = 'order_cancelled'"
    assert retail.rows(cancelled) == [(3_836,)]


def test_the_households_baskets_campaigns_and_coupons(journey: Staged) -> None:
    events = """
        select event, count(*), count(distinct record_id)
        from staging.stg_complete_journey__events group by 1 order by 1
    """
    assert journey.rows(events) == [
        ("campaign_received", 6_589, 1_559),
        ("coupon_redeemed", 2_102, 410),
        ("order_placed", 46_988, 2_373),
    ]
    lines = """
        select count(*), round(sum(amount), 2), count(distinct record_id)
        from staging.stg_complete_journey__order_lines
    """
    assert journey.rows(lines) == [(75_000, 233_935.24, 2_377)]
