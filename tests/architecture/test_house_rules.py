"""The rules of the house, as failing tests: environment, documentation, file sizes, no traces of a machine."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from heddle.cli.main import app
from heddle.settings import _FROM_ENVIRONMENT

ROOT = Path(__file__).parents[2]
PACKAGES = ("heddle", "activations", "orchestration")
PYTHON = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_imports_point_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "importlinter.cli", "lint-imports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [p for p in PYTHON if p.name != "settings.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_the_environment_is_read_in_settings_only(path: Path) -> None:
    reads = [
        n
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Attribute) and n.attr in ("environ", "getenv")
    ]
    assert not reads, f"{path}:{reads[0].lineno} reads the environment; heddle/settings.py is the place"


def verbs(command: object, prefix: str) -> list[str]:
    children = getattr(command, "commands", None)
    if not children:
        return [prefix]
    return [verb for name, child in children.items() for verb in verbs(child, f"{prefix} {name}")]


@pytest.mark.parametrize("verb", verbs(typer.main.get_command(app), "heddle"))
def test_docs_name_every_cli_verb(verb: str) -> None:
    assert f"`{verb}" in (ROOT / "docs" / "cli.md").read_text(), f"docs/cli.md does not describe `{verb}`"


@pytest.mark.parametrize("verb", verbs(typer.main.get_command(app), "heddle"))
def test_every_verb_shows_an_example(verb: str) -> None:
    command = typer.main.get_command(app)
    for name in verb.split()[1:]:
        command = command.commands[name]  # type: ignore[attr-defined]
    assert "Example: `heddle" in (command.help or ""), f"`{verb} --help` has no example"
    silent = [p.name for p in command.params if p.name != "help" and not getattr(p, "help", None)]  # type: ignore[attr-defined]
    assert not silent, f"`{verb} --help` says nothing of {', '.join(map(str, silent))}"


@pytest.mark.parametrize("variable", sorted(_FROM_ENVIRONMENT.values()))
def test_docs_name_every_setting(variable: str) -> None:
    assert f"`{variable}`" in (ROOT / "docs" / "settings.md").read_text()


def test_no_source_file_holds_two_things() -> None:
    long = {str(p.relative_to(ROOT)): n for p in PYTHON if (n := len(p.read_text().splitlines())) > 300}
    assert not long, f"files over 300 lines: {long}"


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_machine_or_registry_is_named() -> None:
    hosts = "|".join(("py" + "pi\\.org", "python" + "hosted", "npm" + "js\\.org"))
    homes = "|".join(f"/{home}/" for home in ("work", "root", r"home/\w+"))
    pattern = re.compile(f"({homes}|{hosts})".encode())
    found = [
        str(p.relative_to(ROOT)) for p in tracked() if p.name != Path(__file__).name and pattern.search(p.read_bytes())
    ]
    assert not found, f"these files name a machine's path or a registry: {found}"


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"(https?|file)://", lock)
    pinned = re.findall(r"^[a-z0-9-]+(?:\[.*?\])?==", lock, re.MULTILINE)
    assert len(pinned) > 100
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_a_run_that_has_nothing_to_do_loads_neither_dagster_nor_dbt() -> None:
    """Nor does any other command until it needs them: they cost seconds."""
    heavy = "{'dagster', 'dbt', 'great_expectations'}"
    asked = f"import sys, heddle.cli.main, orchestration.run; print({heavy} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
