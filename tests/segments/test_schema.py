"""segment.schema.json, as an editor uses it: it completes words while a file is written, and marks what is wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "segments_yaml/segment.schema.json").read_text())
FILES = sorted((ROOT / "segments_yaml").glob("*/*.yml"))
HEAD = {"segment": "case", "title": "Case"}
Path_ = tuple[str | int, ...]


def faults(data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)]


def at(path: Path_, data: Any) -> Iterator[dict[str, Any]]:
    """The schemas that hold for a place in a document, references and alternatives followed as editors do."""
    yield from _at(SCHEMA, path, data)


def _at(schema: dict[str, Any], path: Path_, data: Any) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        yield from _at(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], path, data)
    for inner in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _at(inner, path, data)
    if "if" in schema and Draft202012Validator(schema["if"]).is_valid(data):
        yield from _at(schema["then"], path, data)
    if not path:
        yield schema
        return
    step, rest = path[0], path[1:]
    inside = data[step] if isinstance(data, dict | list) and (isinstance(step, int) or step in data) else None
    if isinstance(step, int) and "items" in schema:
        yield from _at(schema["items"], rest, inside)
    elif step in schema.get("properties", {}):
        yield from _at(schema["properties"][step], rest, inside)
    elif isinstance(step, str) and isinstance(schema.get("additionalProperties"), dict):
        yield from _at(schema["additionalProperties"], rest, inside)


def offered(*path: str | int, data: Any = None) -> set[Any]:
    """The values that an editor completes at a place."""
    found: set[Any] = set()
    for schema in at(path, data or {}):
        found |= (
            {schema["const"]} if "const" in schema else set(schema.get("enum", ())) | set(schema.get("examples", ()))
        )
    return found


def keys(*path: str | int) -> set[str]:
    """The words that an editor completes as keys of a place."""
    return {key for schema in at(path, {}) for key in schema.get("properties", {})}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_that_ships_names_the_schema_and_keeps_to_it(file: Path) -> None:
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=../segment.schema.json\n")
    assert (file.parent / "../segment.schema.json").resolve() == ROOT / "segments_yaml/segment.schema.json"
    assert faults(yaml.safe_load(text)) == []


def test_words_of_the_catalog_are_completed() -> None:
    assert {"city", "lifetime_value", "rfm_group"} < offered("who", 0, "trait")
    assert {"order_placed", "any_activity"} < offered("who", 0, "did") == offered("who", 0, "did_not")
    assert offered("who", 0, "since") == offered("who", 0, "did")
    assert {"child", "cart_line"} < offered("who", 0, "has") == offered("who", 0, "has_no")
    assert {"email", "sms", "ads"} == offered("who", 0, "can_receive")
    assert {"marketing", "ads"} == offered("who", 0, "for")
    assert "order_placed" in offered("who", 0, "sequence", 0, "did") & offered("who", 0, "sequence", 1, "then_not")
    assert "product_id" in offered("who", 0, "same") & offered("who", 0, "favourite", "of")
    assert {"lifetime_value"} < offered("top", "by") and "city" not in offered("top", "by")
    assert "order_total" in offered("who", 0, "average", "of") and "order_total" in keys("who", 0, "where")


def test_words_of_the_language_are_completed() -> None:
    verbs = "trait did did_not sequence has has_no in_segment not_in_segment entered left can_receive near in_list"
    assert {*verbs.split(), "sql", "any_of", "all_of", "none_of"} < keys("who", 0)
    operators = (
        "is is_not one_of above at_least below between contains starts_with matches is_set in_last anniversary_in"
    )
    assert {*operators.split(), "for_at_least"} < keys("who", 0)
    assert set(operators.split()) < keys("who", 0, "where", "order_total")
    assert {"title", "owner", "per", "who", "exclude", "top", "sample", "holdout", "volume_guard", "refresh"} < keys()
    assert offered("refresh") == {"every 15 minutes", "hourly", "daily", "daily at 06:00"}
    assert offered("who", 0, "anniversary_month") == {"last", "this", "next"}
    assert "3 days" in offered("who", 0, "within_last")
    assert "trait" in keys("who", 0, "any_of", 0, "all_of", 1)


def test_values_of_a_trait_are_completed_once_it_is_named() -> None:
    def values(trait: str, operator: str, *place: int) -> set[Any]:
        return offered("who", 0, operator, *place, data={**HEAD, "who": [{"trait": trait}]})

    assert {"champions", "hibernating"} < values("rfm_group", "is") & values("rfm_group", "one_of", 0)
    assert values("is_employee", "is") == {True, "yes", "no", False} and values("city", "is") == set()


@pytest.mark.parametrize(
    "rule",
    [
        {"trait": "citi", "is": "Kraków"},
        {"did": "order_placd"},
        {"did": "order_placed", "within_last": "3 dais"},
        {"did": "order_placed", "witin_last": "3 days"},
        {"can_receive": "fax"},
        {"has": "childs"},
        {"did": "order_placed", "average": {"of": "order_totl", "above": 1}},
        {"any_of": [{"trait": "citi"}]},
        {},
    ],
)
def test_what_is_wrong_is_marked(rule: dict[str, Any]) -> None:
    assert faults({**HEAD, "who": [{"did": "order_placed"}]}) == []
    assert faults({**HEAD, "who": [rule]})


@pytest.mark.parametrize(
    "wrong",
    [{"refresh": "weekly"}, {"refresh": "daily at 25:00"}, {"sql": "select 1"}, {"limit": 3}, {"top": {"n": 3}}],
)
def test_a_wrong_key_beside_the_rules_is_marked(wrong: dict[str, Any]) -> None:
    assert faults({**HEAD, "who": [{"did": "order_placed"}], **wrong})
