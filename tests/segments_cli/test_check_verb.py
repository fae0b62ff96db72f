"""`heddle segments check`: every fault at once, also of a draft; an exit code for CI."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heddle.segments import checked_files
from heddle.settings import Settings

Ask = Callable[..., str]
ROOT = Path(__file__).parents[2]
BAD = "segment: bad\ntitle: Bad\nwho:\n  - trait: citi\n    is: Paris\n  - did: order_plced\n  - in_segment: klub\n"


def test_sound_files(ask: Ask) -> None:
    assert ask("check") == "3 files read: all segments are sound\n"


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
    settings = Settings.load(root=tmp_path, sources="demo", state=tmp_path / "state")
    began = time.process_time()
    assert len(checked_files(settings)) == 200
    assert time.process_time() - began < 2
