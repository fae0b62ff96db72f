"""`heddle segments check`: what is wrong, where, and what to do."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from heddle.cli.plain import print_json, print_plain
from heddle.cli.report import Json
from heddle.segments import checked_files
from heddle.settings import Settings

Files = Annotated[list[Path] | None, typer.Argument(help="Only these files, drafts too; default: every file.")]


def check_segments(files: Files = None, as_json: Json = False) -> None:
    """Read every segment file and show every fault at once; exit code 1 when there is an error, for CI.

    Warnings are for a person to weigh and do not fail the command.

    Example: `heddle segments check`, or `heddle segments check drafts/spring.yml --json`
    """
    sources = checked_files(Settings.load(), files or ())
    faults = sorted(fault for source in sources for fault in source.faults)
    errors = sum(fault.severity == "error" for fault in faults)
    if as_json:
        found = [asdict(fault) for fault in faults]
        print_json({"files": len(sources), "errors": errors, "warnings": len(faults) - errors, "faults": found})
    else:
        for fault in faults:
            print_plain(str(fault))
        print_plain(_summary(len(sources), errors, len(faults) - errors))
    if errors:
        raise typer.Exit(1)


def _summary(files: int, errors: int, warnings: int) -> str:
    read = _count(files, "file")
    if errors:
        warned = f", {_count(warnings, 'warning')}" if warnings else ""
        told = f"{_count(errors, 'error')}{warned} in {read}"
        return f"{told}. Correct the places named above; until then those members stay as they are."
    if warnings:
        return f"{read} read, no errors, {_count(warnings, 'warning')}: legal, but read them before you merge."
    return f"{read} read: all segments are sound"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
