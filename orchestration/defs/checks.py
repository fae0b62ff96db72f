"""Great Expectations suites as asset checks: one check per line of `orchestration/suites/*.yml`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from heddle.errors import HeddleError
from heddle.settings import Settings
from orchestration.defs.resources import Heddle
from orchestration.expectations import Expectation, Verdict, validate

SUITES = Path(__file__).parents[1] / "suites"
Suites = Mapping[tuple[str, str], Sequence[Expectation]]


class Line(BaseModel):
    """One expectation as it is written in a suite file."""

    model_config = ConfigDict(extra="forbid")
    expect: str
    why: str
    severity: str = "error"
    with_: dict[str, Any] = {}


def expectation_checks(settings: Settings, manifest: Mapping[str, Any]) -> dg.Definitions:
    """Checks of the suites that belong to the enabled source groups and to the published models."""
    tables = {(n["schema"], n["name"]) for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    tables |= {(s["source_name"], s["name"]) for s in manifest["sources"].values()}
    files = [SUITES / f"{name}.yml" for name in (*settings.sources, "published")]
    checks = []
    for file in files:
        suites = {at: lines for at, lines in (load_suites(file) if file.exists() else {}).items() if at in tables}
        if suites:
            checks.append(_suite_checks(file.stem, suites))
    return dg.Definitions(asset_checks=checks)


def load_suites(file: Path) -> Suites:
    """Read a suite file: `schema.table:` followed by a list of expectations.

    Raises:
        HeddleError: a line is not an expectation; the message names file and table.
    """
    suites = {}
    for table, lines in (yaml.safe_load(file.read_text()) or {}).items():
        try:
            parsed = [Line(**{("with_" if k == "with" else k): v for k, v in line.items()}) for line in lines]
        except (ValidationError, AttributeError, TypeError) as error:
            raise HeddleError(
                f"a line of the suite for {table} is not an expectation",
                where=str(file),
                hint="write `- expect: <type>`, `why:`, and its arguments under `with:`",
            ) from error
        schema, name = table.split(".")
        suites[schema, name] = [_expectation(line) for line in parsed]
    return suites


def _expectation(line: Line) -> Expectation:
    columns = line.with_.get("column") or "_and_".join(line.with_.get("column_list", []))
    name = "_".join(part for part in ("gx", line.expect.removeprefix("expect_"), columns) if part)
    arguments = dict(line.with_)
    if line.expect == "unexpected_rows_expectation":
        name = "gx_" + "".join(c if c.isalnum() else "_" for c in line.why.lower())[:60].rstrip("_")
        arguments.setdefault("description", line.why)
    return Expectation(name, line.expect, arguments, line.severity, line.why)


def _suite_checks(suite: str, suites: Suites) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(line.name, asset=dg.AssetKey([schema, table]), description=line.why)
        for (schema, table), lines in suites.items()
        for line in lines
    ]

    @dg.multi_asset_check(name=f"expectations_{suite}", specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext, heddle: Heddle) -> Iterator[dg.AssetCheckResult]:
        wanted = context.selected_asset_check_keys
        for (schema, table), lines in suites.items():
            if any(key.asset_key == dg.AssetKey([schema, table]) for key in wanted):
                verdicts = validate(heddle.settings.warehouse_path, schema, table, lines)
                yield from _results(schema, table, lines, verdicts)

    return checks


def _results(
    schema: str, table: str, lines: Sequence[Expectation], verdicts: Sequence[Verdict]
) -> Iterator[dg.AssetCheckResult]:
    severity = {line.name: line.severity for line in lines}
    for verdict in verdicts:
        facts = {"observed": verdict.observed, "unexpected_rows": verdict.unexpected}
        yield dg.AssetCheckResult(
            asset_key=dg.AssetKey([schema, table]),
            check_name=verdict.name,
            passed=verdict.passed,
            severity=dg.AssetCheckSeverity.ERROR if severity[verdict.name] == "error" else dg.AssetCheckSeverity.WARN,
            metadata={name: value for name, value in facts.items() if value is not None},
        )
