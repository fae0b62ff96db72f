"""`heddle segments check`: every fault at once, also of a draft; an exit code for CI."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import catalog

from heddle.errors import SegmentError
from heddle.segments import checked_files
from heddle.segments.salvage import words_beside
from heddle.segments.workspace import read_workspace
from heddle.settings import Settings

Ask = Callable[..., str]
KEYS = [
    "did",
    "did_not",
    "trait",
    "any_of",
    "none_of",
    "where",
    "is",
    "within_last",
    "count",
    "city",
    "can_receive",
    "top",
]
ROOT = Path(__file__).parents[2]
BAD = "segment: bad\ntitle: Bad\nwho:\n  - trait: citi\n    is: Paris\n  - did: order_plced\n  - in_segment: klub\n"


def test_sound_files(ask: Ask) -> None:
    assert ask("check") == "3 files read: all segments are sound\n"


def test_a_group_that_does_not_exist_has_no_sound_segments(tmp_path: Path) -> None:
    (tmp_path / "dbt_project/models/staging/demo").mkdir(parents=True)
    assert read_workspace(Settings.load(root=tmp_path, sources="demo", state=tmp_path), catalog()) == ()
    with pytest.raises(SegmentError, match="no source group 'demi'"):
        read_workspace(Settings.load(root=tmp_path, sources="demi", state=tmp_path), catalog())


def test_every_fault_of_a_draft_with_place_and_what_to_do(ask: Ask, tmp_path: Path) -> None:
    draft = tmp_path / "spring draft.yml"
    draft.write_text(BAD)
    told = ask("check", str(draft), fails=True).splitlines()
    assert told[:3] == [
        f"{draft}:4:12: unknown trait 'citi' (did you mean city?)",
        f"{draft}:6:10: unknown event 'order_plced' (did you mean order_placed?)",
        f"{draft}:7:17: unknown segment 'klub' (did you mean club?)",
    ]
    assert told[3].startswith("3 errors in 1 file. Correct the places named above")


def test_shape_and_words_in_one_go(ask: Ask, tmp_path: Path) -> None:
    """A rule that cannot be read does not hide the unknown words of the others."""
    draft = tmp_path / "draft.yml"
    draft.write_text(
        "segment: draft\ncolour: green\nper: cart_id\nwho:\n"
        "  - trait: town\n    is: Paris\n"
        "  - did: order_placed\n    within_last: 1 yr\n"
        "  - can_recieve: email\n"
        "  - any_of:\n      - trait: lifetime_valu\n        above: 5\n"
        "      - trait: lifetime_value\n        above: much\n"
        "exclude: [klub]\n"
    )
    told = [line.removeprefix(f"{draft}:") for line in ask("check", str(draft), fails=True).splitlines()[:-1]]
    assert told == [
        "2:1: unknown word 'colour' (did you mean holdout?)",
        "5:12: unknown trait 'town' (did you mean city?)",
        "8:18: a duration is written like 3 days, 1 hour or 2 years",
        "9:5: 'can_recieve' is not a verb (did you mean can_receive?)",
        "11:16: unknown trait 'lifetime_valu' (did you mean lifetime_value?)",
        "14:16: a number is expected",
        "15:11: unknown segment 'klub' (did you mean club?)",
    ]


@given(st.recursive(
    st.none() | st.text(max_size=5) | st.integers() | st.sampled_from(["order_placed", "city", "email", "3 days"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_the_rest_is_read(data: object) -> None:
    """Never an exception; at a place that has a fault of its own, nothing is added."""
    for finding in words_beside({"segment": "x", "title": "X", "who": [data], "per": data}, catalog(), ["club"]):
        assert finding.what


def test_json_for_ci(ask_json: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(BAD)
    told = ask_json("check", str(tmp_path / "bad.yml"), fails=True)
    assert (told["files"], told["errors"], told["warnings"]) == (1, 3, 0)
    assert told["faults"][0] == {
        "file": str(tmp_path / "bad.yml"),
        "line": 4,
        "column": 12,
        "what": "unknown trait 'citi'",
        "hint": "did you mean city?",
        "severity": "error",
    }


def test_a_warning_does_not_fail(ask: Ask, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yml"
    draft.write_text("segment: rest\ntitle: Rest\nwho:\n  - did_not: order_placed\n    within_last: 1 year\n")
    assert "warning: `did_not` has no positive rule beside it" in ask("check", str(draft))
    assert "1 file read, no errors, 1 warning" in ask("check", str(draft))


def test_a_draft_that_closes_a_circle(ask: Ask, tmp_path: Path) -> None:
    draft = tmp_path / "club.yml"
    draft.write_text("segment: club\ntitle: C\nwho:\n  - in_segment: buyers\n")
    assert "a cycle: club -> buyers -> club" in ask("check", str(draft), fails=True)


@pytest.mark.parametrize("name", ["missing.yml", "."])
def test_a_file_that_cannot_be_read(ask: Ask, tmp_path: Path, name: str) -> None:
    told = ask("check", str(tmp_path / name), fails=True)
    assert told.startswith(f"{tmp_path / name}: the file cannot be read")


def test_200_files_in_two_seconds(tmp_path: Path) -> None:
    """CPU seconds of this process: the wall clock of a shared machine says nothing."""
    shutil.copytree(ROOT / "dbt_project/models/profiles", tmp_path / "dbt_project/models/profiles")
    (tmp_path / "segments_yaml" / "demo").mkdir(parents=True)
    samples = sorted((ROOT / "segments_yaml" / "demo").glob("*.yml"))
    for i in range(200):
        sample = samples[i % len(samples)]
        text = sample.read_text().replace(f"segment: {sample.stem}\n", f"segment: copy_{i}\n")
        (tmp_path / "segments_yaml" / "demo" / f"copy_{i}.yml").write_text(text)
    found = Settings.load(root=tmp_path, sources="demo", state=tmp_path / "state")
    began = time.process_time()
    assert len(checked_files(found)) == 200
    assert time.process_time() - began < 2
