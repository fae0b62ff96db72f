"""Whether identity broke: the last runs of the stage against the limits of `identity_limits.yml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, ValidationError

from heddle.errors import HeddleError

FILE = Path(__file__).with_suffix(".yml")
EXPLODES, JUMPS = "no_profile_explodes", "merge_rate_is_usual"
Run = Mapping[str, Any]  # a row of identity_runs


class LargestProfile(BaseModel):
    """A profile may have `nodes` nodes, and more while it grew at most `times_before` times since the run before."""

    model_config = ConfigDict(extra="forbid")
    nodes: PositiveInt
    times_before: PositiveFloat


class MergeRate(BaseModel):
    """Merges of a run by its profiles: a share of at most `at_least`, or `times_median` times that of earlier runs."""

    model_config = ConfigDict(extra="forbid")
    times_median: PositiveFloat
    runs: PositiveInt
    needs: PositiveInt
    at_least: PositiveFloat


class IdentityLimits(BaseModel):
    """What `identity_limits.yml` says."""

    model_config = ConfigDict(extra="forbid")
    largest_profile: LargestProfile
    merge_rate: MergeRate


@dataclass(frozen=True)
class IdentityVerdict:
    """One check: whether it passed, in a sentence why, and the numbers it compared."""

    check: str
    passed: bool
    why: str
    facts: Mapping[str, float]


def load_limits(file: Path = FILE) -> IdentityLimits:
    """Raises HeddleError when the file does not hold the limits and nothing else."""
    try:
        return IdentityLimits.model_validate(yaml.safe_load(file.read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "cannot be read"}
        raise HeddleError(
            f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}",
            where=str(file),
            hint="the file as it came with Heddle names every limit; docs/identity_quality.md says what they mean",
        ) from error


def verdicts(runs: Sequence[Run], limits: IdentityLimits) -> list[IdentityVerdict]:
    """Both checks of the newest of `runs`, which come newest first; without a run there is nothing against it."""
    if not runs:
        return [IdentityVerdict(check, True, "no run of identity yet", {}) for check in (EXPLODES, JUMPS)]
    return [largest_profile(runs, limits.largest_profile), merge_rates(runs, limits.merge_rate)]


def largest_profile(runs: Sequence[Run], limit: LargestProfile) -> IdentityVerdict:
    """Fails when the largest profile is over the limit and was much smaller in the run before, or there was none."""
    now = int(runs[0]["largest_profile"])
    before = int(runs[1]["largest_profile"]) if len(runs) > 1 else 0
    exploded = now > limit.nodes and now > limit.times_before * before
    was = f"{before:,} in the run before" if len(runs) > 1 else "the first run"
    why = f"the largest profile has {now:,} nodes (limit {limit.nodes:,}; {was})"
    return IdentityVerdict(EXPLODES, not exploded, why, {"largest_profile": now, "largest_before": before})


def merge_rates(runs: Sequence[Run], limit: MergeRate) -> IdentityVerdict:
    """Fails when far more profiles were merged than in the runs before; the first few runs are let pass."""
    now, *earlier = (merge_rate(run) for run in runs[: limit.runs + 1])
    allowed = max(limit.at_least, limit.times_median * median(earlier)) if earlier else limit.at_least
    passed = len(earlier) < limit.needs or now <= allowed
    why = f"{now:.2%} of the profiles were merged in this run (limit {allowed:.2%}, from {len(earlier)} earlier runs)"
    return IdentityVerdict(JUMPS, passed, why, {"merge_rate": round(now, 6), "allowed": round(allowed, 6)})


def merge_rate(run: Run) -> float:
    """Merges by profiles of a run."""
    return float(run["merges"]) / max(int(run["profiles"]), 1)
