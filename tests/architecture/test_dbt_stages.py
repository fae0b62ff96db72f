"""The stages of the dbt project, over its manifest: nothing reads a later stage, everything says what it is."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from heddle.segments import write_models
from heddle.settings import Settings
from heddle.transform import prepare

ROOT = Path(__file__).parents[2]
STAGES = ("staging", "identity", "profiles", "segments", "activations", "feedback")
# Feedback reads what came back; the published profiles may count it, since it is data of an earlier run.
PUBLISHED = ("profiles",)
Node = Mapping[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    groups = sorted(p.name for p in (ROOT / "dbt_project/models/staging").iterdir() if p.is_dir())
    settings = Settings.load(root=ROOT, sources=tuple(groups), state=tmp_path_factory.mktemp("state"))
    write_models(settings)
    return prepare(settings)


def models(manifest: Mapping[str, Any]) -> Iterator[Node]:
    return (n for n in manifest["nodes"].values() if n["resource_type"] == "model")


def stage(node: Node) -> int:
    return STAGES.index(node["fqn"][1])


def test_no_model_reads_a_later_stage(manifest: Mapping[str, Any]) -> None:
    nodes = manifest["nodes"]
    backwards = [
        f"{model['name']} reads {nodes[parent]['name']}"
        for model in models(manifest)
        for parent in model["depends_on"]["nodes"]
        if parent in nodes and nodes[parent]["resource_type"] == "model" and stage(nodes[parent]) > stage(model)
    ]
    assert not backwards


def test_folder_group_and_schema_are_the_same_word(manifest: Mapping[str, Any]) -> None:
    odd = {m["name"] for m in models(manifest) if not m["fqn"][1] == m["schema"] == m["config"]["group"]}
    assert not odd


def test_every_model_says_what_a_row_is(manifest: Mapping[str, Any]) -> None:
    silent = [m["name"] for m in models(manifest) if "one row per" not in (m["description"] or "").lower()]
    assert not silent


def test_every_model_has_a_key_that_is_tested(manifest: Mapping[str, Any]) -> None:
    tested = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        for parent in node["depends_on"]["nodes"]
    }
    # a view holds no rows of its own
    kept = [m for m in models(manifest) if m["config"]["materialized"] != "view"]
    untested = [m["name"] for m in kept if m["unique_id"] not in tested]
    assert not untested


def test_published_models_have_an_enforced_contract(manifest: Mapping[str, Any]) -> None:
    loose = [m["name"] for m in models(manifest) if m["fqn"][1] in PUBLISHED and m["access"] == "public"
             and not m["config"]["contract"]["enforced"]]  # fmt: skip
    assert not loose


def test_only_staging_reads_raw_tables(manifest: Mapping[str, Any]) -> None:
    own = {"activations", "heddle"}
    readers = [
        m["name"]
        for m in models(manifest)
        for parent in m["depends_on"]["nodes"]
        if parent.startswith("source.") and parent.split(".")[2] not in own and m["fqn"][1] != "staging"
    ]
    assert not readers
