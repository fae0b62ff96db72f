"""Run after run: the same rows change nothing, a link merges, its end splits, ids stay, no consent is revived."""

import random

import pytest
import yaml
from company import AS_OF, ATTRIBUTES, IDENTIFIERS, SHAPES
from shapes_project import Shapes, ShapesProject

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

TABLES = (
    "identity.identity_map",
    "identity.identity_records",
    "identity.identity_edges",
    "identity.identity_quarantine",
    "identity.identity_merges",
    "profiles.profiles",
    "profiles.profile_contact_points",
    "profiles.profile_consents",
    "profiles.profile_reachability",
    "profiles.profile_events",
    "profiles.profile_orders",
    "profiles.profile_trait_history",
)
WITH_MEMORY = ("identity_assignments", "identity_merges", "identity_map", "profile_trait_history")
LATER = "2026-06-16 04:30:00"
LATEST = "2026-06-17 04:30:00"
# A CRM contact that says: the person with Anna's e-mail is the user with account 2.
BRIDGE = [
    ("fx", "c:2", "email", "anna@mail.example", AS_OF, LATER),
    ("fx", "c:2", "user_id", "2", AS_OF, LATER),
]
MERGED: Shapes = {
    **SHAPES,
    "identifiers": [*IDENTIFIERS, *BRIDGE],
    "attributes": [*ATTRIBUTES, ("fx", "u:1", "plan", "paid", LATER)],
}


def run(project: ShapesProject, shapes: Shapes, as_of: str, *options: str) -> None:
    project.stage(shapes)
    project.well("run", as_of, *options)


def state(project: ShapesProject) -> dict[str, list[tuple[object, ...]]]:
    """The tables, without the number of the run that last changed a row."""
    return {
        table: sorted(project.rows(f"select columns(lambda c: c <> 'seq') from {table}"), key=repr) for table in TABLES
    }


def profile_of(project: ShapesProject, record: str) -> object:
    return project.rows(f"select profile_id from identity.identity_records where record_id = '{record}'")[0][0]


def test_runs_over_time(copy: ShapesProject) -> None:
    project = copy
    leave_out_the_anchor_guard(project)  # the two have an account each
    run(project, SHAPES, AS_OF)
    first = state(project)
    anna, bob = profile_of(project, "u:1"), profile_of(project, "u:2")

    # The same rows in another order, after a run killed between two rounds: the same tables, no work table left.
    orphan(project)
    chance = random.Random(1)
    run(project, {shape: chance.sample(list(rows), len(rows)) for shape, rows in SHAPES.items()}, AS_OF)
    assert state(project) == first
    assert project.rows("select count(*) from information_schema.tables where table_name like 'heddle%cc%'") == [(0,)]

    # A new link merges two people: the larger keeps its id, the other's end is logged, and no consent is revived.
    run(project, MERGED, LATER, "--select", "+profile_trait_history", "profile_consents")
    assert profile_of(project, "u:2") == profile_of(project, "u:1") == anna
    assert merges(project) == [("merge", bob, anna, LATER)]
    refused = "select status from profiles.profile_consents where address = 'anna@mail.example' and channel = 'email'"
    assert project.rows(refused) == [("withdrawn",)]
    assert plan_history(project, anna) == [("trial", "2026-06-01 10:00:00", LATER), ("paid", LATER, None)]
    merged = state(project)
    run(project, MERGED, LATER, "--select", *WITH_MEMORY)
    assert state(project) == merged

    # A run for an instant before the last one leaves the history alone.
    project.execute("update profiles.profiles set plan = 'other'")
    history = project.rows("from profiles.profile_trait_history order by all")
    run(project, SHAPES, AS_OF, "--select", "profile_trait_history")
    assert project.rows("from profiles.profile_trait_history order by all") == history

    # The link is gone: the people part again, under the ids they had.
    run(project, SHAPES, LATEST, "--select", "+identity_records")
    assert (profile_of(project, "u:1"), profile_of(project, "u:2")) == (anna, bob)
    assert merges(project)[1:] == [("split", anna, bob, LATEST)]
    assert dict(state(project))["identity.identity_map"] == first["identity.identity_map"]


def leave_out_the_anchor_guard(project: ShapesProject) -> None:
    settings = project.folder / "dbt_project/dbt_project.yml"
    content = yaml.safe_load(settings.read_text())
    content["vars"]["identity_guards"] = ["block_list", "degree_cap"]
    settings.write_text(yaml.safe_dump(content))


def orphan(project: ShapesProject) -> None:
    project.execute("create table identity.heddle_cc_h1_0 as select 1 as x, 2 as p")
    project.execute("create table identity.heddle_cc_e0 as select 1 as u, 2 as v")


def merges(project: ShapesProject) -> list[tuple[object, ...]]:
    columns = "change, from_profile_id, to_profile_id, happened_at::varchar"
    return project.rows(f"select {columns} from identity.identity_merges order by happened_at")


def plan_history(project: ShapesProject, profile: object) -> list[tuple[object, ...]]:
    plans = f"from profiles.profile_trait_history where profile_id = '{profile}' and trait = 'plan'"
    return project.rows(f"select value, valid_from::varchar, valid_to::varchar {plans} order by valid_from")
