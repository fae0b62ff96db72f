"""linking.yml: what is wrong is told at its line; the model that comes with Heddle is sound."""

from pathlib import Path

import pytest

from heddle.linking import LinkingError, load_definition
from heddle.linking.definition import DEFAULT, Definition
from heddle.linking.splink_settings import Parameters, definition_hash, labels, level_conditions

SOUND = """thresholds: {merge: 0.99}
comparisons:
  - field: last_name
    levels:
      - {jaro_winkler: 0.9}
block_on:
  - [birth_date, {field: last_name, first: 3}]
estimate_on:
  - [birth_date]
"""


def loaded(folder: Path, text: str) -> Definition:
    file = folder / "linking.yml"
    file.write_text(text)
    return load_definition(file)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("jaro_winkler: 0.9", "jaro_winkler: 0.9, edits: 1", "linking.yml:5: comparisons.[0].levels.[0]: a level is"),
        ("jaro_winkler: 0.9", "jarowinkler: 0.9", "linking.yml:5:"),
        ("jaro_winkler: 0.9", "jaro_winkler: 2", "linking.yml:5:"),
        ("merge: 0.99", "merge: 0.5", "linking.yml:1: thresholds: `review` must not be above `merge`"),
        ("field: last_name\n", "field: last name\n", "linking.yml:3:"),
        ("estimate_on:\n  - [birth_date]\n", "", "`estimate_on` is missing"),
        ("merge: 0.99", "merg: 0.99", "`merg` is not a key here"),
        ("block_on:", "block_on: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SOUND
    with pytest.raises(LinkingError) as raised:
        loaded(tmp_path, SOUND.replace(old, new))
    assert told in str(raised.value)


def test_a_field_is_compared_once(tmp_path: Path) -> None:
    twice = SOUND.replace("block_on:", "  - {field: last_name}\nblock_on:")
    with pytest.raises(LinkingError, match="compared twice"):
        loaded(tmp_path, twice)


def test_the_default_is_sound_and_leaves_out_what_nobody_has() -> None:
    whole = load_definition(DEFAULT)
    names = whole.limited_to({"first_name", "last_name", "city"})
    assert [c.field for c in names.comparisons] == ["first_name", "last_name", "city"]
    assert names.block_on and all(block.fields() <= {"first_name", "last_name", "city"} for block in names.block_on)
    assert definition_hash(names) != definition_hash(whole)


def test_parameters_come_back_as_they_were_kept(tmp_path: Path) -> None:
    definition = loaded(tmp_path, SOUND)
    (comparison,) = definition.comparisons
    assert len(labels(comparison)) == len(level_conditions(comparison)) + 1
    kept = Parameters(0.001, {"last_name": ((0.9, 0.01), (0.05, 0.02), (0.05, 0.97))})
    assert Parameters.from_json(kept.as_json(definition)) == kept


def test_the_thresholds_do_not_ask_for_a_new_estimation(tmp_path: Path) -> None:
    stricter = SOUND.replace("0.99", "0.999")
    assert definition_hash(loaded(tmp_path, SOUND)) == definition_hash(loaded(tmp_path, stricter))
