"""Where measurements are kept: JSON beside the benchmark, and a table between two markers of RESULTS.md."""

import json
import math
import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WORK = ROOT / "benchmarks" / ".work"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def replace_section(name: str, text: str, file: Path = RESULTS) -> None:
    """Put the text between `<!-- name -->` and `<!-- /name -->`; at the end of the file when it has no such markers."""
    section = f"<!-- {name} -->\n{text.rstrip()}\n<!-- /{name} -->"
    old = file.read_text() if file.exists() else ""
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    file.write_text(pattern.sub(lambda _: section, old) if pattern.search(old) else f"{old}\n{section}\n")


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def keep(file: Path, result: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Put one size's measurement in place of its last one; returns all, small to large."""
    others = [r for r in kept(file, key) if r[key] != result[key]]
    file.write_text(json.dumps(sorted([*others, result], key=lambda r: int(r[key])), indent=1) + "\n")
    return kept(file, key)


def kept(file: Path, key: str) -> list[dict[str, Any]]:
    """The last measurement of each size, small to large."""
    found = json.loads(file.read_text()) if file.exists() else []
    return sorted(found, key=lambda r: int(r[key]))


def growth_exponent(sizes: tuple[float, float], costs: tuple[float, float]) -> float:
    """log(cost ratio) / log(size ratio); 1.0 is linear."""
    return math.log(costs[1] / costs[0]) / math.log(sizes[1] / sizes[0])


def made_on(packages: Sequence[str]) -> str:
    """Machine, date and versions of a measurement."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; {versions}."
    )
