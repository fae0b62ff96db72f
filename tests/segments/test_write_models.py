"""Generated files: touched only when their content changes, gone with their segment, never missing for a fault."""

from hashlib import md5
from pathlib import Path

import pytest
import yaml
from segment_project import SegmentProject, make_project
from small_world import compiled, rule, utc, world

from heddle.errors import SegmentError
from heddle.segments import check, compiled_sql, describe, parse_segment, segment_schema
from heddle.segments.schema import schema_text
from heddle.segments.workspace import catalog_of, read_workspace
from heddle.settings import Settings

BUYERS = "who:\n  - did: order_placed\n"
ROOT = Path(__file__).parents[2]
GROUPS = "demo,online_retail,complete_journey"
REFERENCE = [
    "abandoned_cart",
    "child_birthday_in_3_days",
    "trial_not_started",
    "inactive_2_years",
    "good_buyers_sms_only",
]


@pytest.fixture
def project(tmp_path: Path) -> SegmentProject:
    return make_project(tmp_path)


def generated(project: SegmentProject, name: str) -> Path:
    return project.settings.root / "dbt_project/models/segments/generated/fixture" / name


def test_only_what_changed_is_written(project: SegmentProject) -> None:
    project.write("a", BUYERS)
    project.write("b", BUYERS)
    assert len(project.generate().written) == 6
    again = project.generate()
    assert (again.written, len(again.unchanged)) == ((), 6)
    project.write("b", BUYERS + "refresh: hourly\n")
    assert [Path(path).name for path in project.generate().written] == ["segment_b.yml"]
    project.remove("b")
    assert [Path(path).name for path in project.generate().removed] == ["segment_b.sql", "segment_b.yml"]
    assert not generated(project, "segment_b.sql").exists()


def test_a_faulty_file_becomes_a_frozen_model_and_the_others_go_on(project: SegmentProject) -> None:
    project.write("a", "who:\n  - did: order_plced\n")
    project.write("b", BUYERS)
    result = project.generate()
    assert [str(fault) for fault in result.faults] == [
        "segments_yaml/fixture/a.yml:4:10: unknown event 'order_plced' (did you mean order_placed?)"
    ]
    assert "where 1 = 0" in generated(project, "segment_a.sql").read_text()
    assert meta(project, "a")["frozen"] is True
    assert meta(project, "b")["frozen"] is False


def meta(project: SegmentProject, name: str) -> dict[str, object]:
    model = yaml.safe_load(generated(project, f"segment_{name}.yml").read_text())["models"][0]
    return model["config"]["meta"]["segment"]  # type: ignore[no-any-return]


def test_the_yml_says_what_dbt_and_dagster_show(project: SegmentProject) -> None:
    project.write(
        "a", "owner: crm@shop.example\nper: cart_id\nwho:\n  - did: cart_updated\nvolume_guard: {max_change: 30%}\n"
    )
    project.generate()
    model = yaml.safe_load(generated(project, "segment_a.yml").read_text())["models"][0]
    assert model["config"]["tags"] == ["segment", "refresh_daily"]
    assert model["config"]["meta"]["owner"] == "crm@shop.example"
    assert "did: changed the cart" in model["description"]
    found = meta(project, "a")
    assert (found["payload"], found["volume_guard"]) == (["cart_id"], {"max_change": 30.0})
    assert found["file"] == "segments_yaml/fixture/a.yml"


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("a", "segment: b\ntitle: x\n" + BUYERS, "give both the same name"),
        ("memberships", "segment: memberships\ntitle: x\n" + BUYERS, "used by Heddle itself"),
        ("Big", "segment: big\ntitle: x\n" + BUYERS, "is named <segment>.yml"),
    ],
)
def test_file_and_segment_have_one_good_name(project: SegmentProject, name: str, text: str, part: str) -> None:
    folder = project.settings.root / "segments_yaml/fixture"
    folder.mkdir(parents=True)
    (folder / f"{name}.yml").write_text(text)
    assert any(part in str(fault) for fault in check(project.settings))


def test_a_name_is_taken_once(project: SegmentProject) -> None:
    project.write("a", BUYERS)
    other = project.settings.root / "segments_yaml/second"
    other.mkdir()
    (other / "a.yml").write_text("segment: a\ntitle: x\n" + BUYERS)
    both = project.settings.model_copy(update={"sources": ("fixture", "second")})
    assert [fault.file for fault in check(both)] == ["segments_yaml/second/a.yml"]


def test_compiled_sql_runs_as_it_stands(project: SegmentProject) -> None:
    project.write("a", BUYERS)
    people = world().execute(compiled_sql(project.settings, "a")).fetchall()
    assert sorted(row[0] for row in people) == ["p1", "p2", "p4", "p5"]
    assert "2025-01-01 00:00:00" in compiled_sql(project.settings, "a", "snowflake", utc(2025, 1, 1))
    with pytest.raises(SegmentError, match="unknown segment b"):
        compiled_sql(project.settings, "b")
    with pytest.raises(SegmentError, match="unknown dialect oracle"):
        compiled_sql(project.settings, "a", "oracle")


def test_a_segment_in_words() -> None:
    who = "{did: order_placed, within_last: 1 year, average: {of: order_total, above: 150}}\n{can_receive: sms}"
    parsed = parse_segment(rule(who, exclude="[staff]"), "f.yml")
    assert parsed.segment is not None
    assert describe(parsed.segment).splitlines() == [
        "Case. People for whom all of this is true:",
        "- did: order placed, average of order total above 150, in the last 1 year",
        "- can receive marketing by sms",
        "- not in staff",
        "Refreshed daily.",
    ]


def test_the_segments_that_ship_have_no_errors_and_unique_names() -> None:
    settings = Settings.load(root=ROOT, sources=GROUPS)
    assert [str(fault) for fault in check(settings) if fault.severity == "error"] == []
    names = [file.name for file in read_workspace(settings, catalog_of(settings))]
    assert len(names) == len(set(names))
    assert set(REFERENCE) <= set(names)


def test_the_schema_is_fresh_and_knows_the_catalog() -> None:
    catalog = catalog_of(Settings.load(root=ROOT, sources=GROUPS))
    file = ROOT / "segments_yaml" / "segment.schema.json"
    assert file.read_text() == schema_text(catalog), "stale: heddle.segments.write_schema(settings) writes it anew"
    events = segment_schema(catalog)["$defs"]["DidRule"]["properties"]["did"]["oneOf"]
    assert {"const": "order_placed", "title": "Placed an order"} in events


def test_the_same_bucket_on_every_warehouse() -> None:
    text = rule("{trait: plan, is_set: yes}", sample="{percent: 40, salt: a}")
    drawn = {row[0] for row in world().execute(compiled(text)).fetchall()}
    people = ["p1", "p2", "p4", "p5"]
    assert drawn == {p for p in people if int(md5(f"a:{p}".encode()).hexdigest()[:7], 16) % 10_000 < 4_000}
