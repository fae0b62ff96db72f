"""The library of segments: each finds somebody in a small demo company, and not everybody; each is documented."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from heddle.demo import generate
from heddle.ingestion import declared_tables, ingest
from heddle.segments import write_models
from heddle.settings import Settings
from heddle.transform import run_dbt, set_clock
from heddle.warehouse import Warehouse, open_warehouse

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LIBRARY = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "segments_yaml/demo").glob("*.yml")}
DOCUMENT = (ROOT / "docs/segment_library.md").read_text()
PEOPLE = 2000
# Segments that may be empty in so small a company, and why.
MAY_BE_EMPTY: dict[str, str] = {}
STEPS = ["build", "--exclude-resource-type", "test", "unit_test", "--exclude", "fqn:heddle.activations"]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("library")
    generate(folder / "data" / "demo", people=PEOPLE)
    settings = Settings.load(root=ROOT, data=folder / "data", state=folder / "state", sources=("demo",))
    write_models(settings)
    with open_warehouse(settings) as wh:
        set_clock(wh, datetime.fromisoformat("2026-06-15T04:30:00"))
        for table in declared_tables(settings):
            ingest(wh, settings, table)
    broken = [node.name for node in run_dbt(settings, [*STEPS, "fqn:heddle.feedback"]) if not node.ok]
    assert not broken
    with open_warehouse(settings, read_only=True) as wh:
        yield wh


def test_there_are_enough_of_them() -> None:
    assert len(LIBRARY) >= 25


def test_every_segment_finds_somebody_and_not_everybody(company: Warehouse) -> None:
    found = {row["segment"]: row["members"] for row in company.query("select * from segments.segment_runs").to_pylist()}
    assert set(found) == set(LIBRARY)
    assert {name for name, members in found.items() if members == 0} <= set(MAY_BE_EMPTY)
    people = int(str(company.scalar("select count(*) from profiles.profiles")))
    assert {name: members for name, members in found.items() if members > 0.3 * people} == {}


def test_what_a_message_needs_is_stored_beside_the_member(company: Warehouse) -> None:
    for segment, columns in {
        "price_drop_in_cart": ("product_name", "price_then", "price_now", "price_drop_percent"),
        "back_in_stock": ("product_id", "product_name", "back_at"),
        "wishlist_waiting": ("product_id", "product_name", "wished_at"),
        "replenishment_due": ("category", "due_at", "usual_days"),
        "abandoned_search": ("query",),
        "abandoned_checkout": ("cart_id",),
        "review_request": ("order_id",),
    }.items():
        missing = " or ".join(f"{column} is null" for column in columns)
        assert company.scalar(f"select count(*) from segments.segment_{segment} where {missing}") == 0, segment
    dearer = "select count(*) from segments.segment_price_drop_in_cart where price_now > 0.905 * price_then"
    assert company.scalar(dearer) == 0


def test_a_returned_product_was_missing_when_they_looked(company: Warehouse) -> None:
    looked_too_late = """
        select count(*) from segments.segment_back_in_stock as member
        join profiles.profile_events as event using (profile_id, product_id)
        where event.event = 'product_viewed' and event.occurred_at > member.back_at
    """
    assert company.scalar(looked_too_late) == 0


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_segment_is_in_the_document(name: str) -> None:
    title, refresh = LIBRARY[name]["title"], LIBRARY[name].get("refresh", "daily")
    row = re.escape(f"| [{name}](#{name}) | {title} | {refresh} | ") + r"[\d,]+ \|"
    assert re.search(row, DOCUMENT), "title, refresh or the size at 10,000 people is missing"
    section = DOCUMENT.split(f"\n### {name}\n")[1].split("\n#")[0]
    assert [word for word in ("When", "Send", "Keep apart") if f"* **{word}**: " not in section] == []


def test_the_document_names_no_segment_that_is_gone() -> None:
    assert set(re.findall(r"^### (\w+)$", DOCUMENT, re.MULTILINE)) == set(LIBRARY)
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", DOCUMENT))
    words = yaml.safe_load((ROOT / "dbt_project/models/profiles/_profiles__models.yml").read_text())
    known = set(LIBRARY) | set(re.findall(r"\w+", str(words)))
    assert named - known <= {"volume_guard", "can_receive"}
