"""Two random splits with one salt draw the same people, which is rarely what was meant."""

from collections.abc import Mapping

from heddle.segments.fault import Finding
from heddle.segments.segment import Segment


def check_salts(segments: Mapping[str, Segment]) -> dict[str, list[Finding]]:
    """Findings by segment name: an error inside one segment, a warning between two."""
    users: dict[str, list[str]] = {}
    for name, segment in segments.items():
        for salt in {split.salt for split in (segment.sample, segment.holdout) if split}:
            users.setdefault(salt, []).append(name)
    return {name: _findings(name, segment, users) for name, segment in segments.items()}


def _findings(name: str, segment: Segment, users: Mapping[str, list[str]]) -> list[Finding]:
    found = []
    sample, holdout = segment.sample, segment.holdout
    if sample and holdout and sample.salt == holdout.salt:
        what = f"`sample` and `holdout` share the salt {holdout.salt}: they draw the same people"
        found.append(Finding(("holdout", "salt"), what, "give each its own salt"))
    for key, split in (("sample", sample), ("holdout", holdout)):
        others = [other for other in users.get(split.salt, []) if other != name] if split else []
        if split and others:
            what = f"the salt {split.salt} is also used by {', '.join(others)}: the same people are drawn"
            found.append(Finding((key, "salt"), what, "give each experiment its own salt", "warning"))
    return found
