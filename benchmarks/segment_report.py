"""What the segments benchmark kept, as tables and verdicts in RESULTS.md."""

from itertools import pairwise
from typing import Any

from results import ROOT, growth_exponent, kept, markdown_table, replace_section

KEPT = ROOT / "benchmarks" / "segments.json"
GROWTH = ROOT / "benchmarks" / "segments_growth.json"
TARGETS = {"ratio": 5.0, "preview": 1.0, "check": 2.0}
HEAD = [
    *("people, events", "parse CPU s", "first CPU s", "wall s", "GB", "15 minutes later CPU s", "wall s"),
    *("by hand CPU s", "wall s", "CPU ratio", "wall ratio", "preview p95 s", "check s"),
]


def write() -> None:
    """The section of RESULTS.md from what is kept."""
    worlds, series = kept(KEPT, "events"), kept(GROWTH, "people")
    text = [
        "Two hundred segments of twenty kinds. A refresh is models written, the spans of all events built, dbt build",
        "with tests, the membership diff.",
        "",
        markdown_table(HEAD, [_row(one) for one in worlds]),
        "",
    ]
    text += [line for one in worlds for line in _verdicts(one)]
    if series:
        text += [
            "",
            "Growth at a fixed number of events per person, fewer than above so that the largest world fits.",
            "",
        ]
        growth = ["people, events", "first CPU s", "GB", "15 minutes later CPU s"]
        text += [markdown_table(growth, [_growth_row(one) for one in series]), "", *_exponents(series)]
    text += ["", *(f"* {_size(one)}: {one['made_on']}" for one in [*worlds, *series])]
    replace_section("segments", "\n".join(text))
    print("\n".join(text))


def _size(one: dict[str, Any]) -> str:
    return f"{one['people']:,}, {one['events']:,}"


def _row(one: dict[str, Any]) -> list[str]:
    first, again, hand = one["first"], one["again"], one["by_hand"]
    ratios = [hand["cpu_of_all"] / first["cpu"], hand["wall_of_all"] / first["wall"]]
    costs = [one["parse"]["cpu"], first["cpu"], first["wall"], first["peak_gb"], again["cpu"], again["wall"]]
    costs += [hand["cpu_of_all"], hand["wall_of_all"], *ratios, one["preview"]["p95"], one["check"]["seconds"]]
    return [_size(one), *(f"{cost:.1f}" if cost >= 10 else f"{cost:.2f}" for cost in costs)]


def _verdicts(one: dict[str, Any]) -> list[str]:
    first, hand = one["first"], one["by_hand"]
    asked = (
        "" if hand["queries"] == one["segments"] else f" ({hand['queries']} of them were run; their cost was scaled)"
    )
    facts = [
        (f"by hand / refresh, CPU{asked}", hand["cpu_of_all"] / first["cpu"], TARGETS["ratio"], True),
        (f"by hand / refresh, wall{asked}", hand["wall_of_all"] / first["wall"], TARGETS["ratio"], True),
        ("preview p95, seconds", one["preview"]["p95"], TARGETS["preview"], False),
        (f"check of {one['segments']} files, seconds", one["check"]["seconds"], TARGETS["check"], False),
    ]
    lines = []
    for what, value, target, at_least in facts:
        met = value >= target if at_least else value <= target
        limit = f"target at {'least' if at_least else 'most'} {target:g}"
        lines.append(f"* {_size(one)}: {what}: {value:.2f}, {limit}: {'met' if met else 'not met'}")
    again = one["again"]
    moved = f"{again['entered']:,} entered and {again['left']:,} left"
    return [
        *lines,
        f"* {_size(one)}: the members of every query by hand are those of its segment; 15 minutes later {moved}.",
    ]


def _growth_row(one: dict[str, Any]) -> list[str]:
    return [_size(one), f"{one['first']['cpu']:.1f}", f"{one['first']['peak_gb']:.2f}", f"{one['again']['cpu']:.1f}"]


def _exponents(series: list[dict[str, Any]]) -> list[str]:
    lines = []
    for small, large in pairwise(series):
        costs = (small["first"]["cpu"], large["first"]["cpu"])
        exponent = growth_exponent((small["people"], large["people"]), costs)
        sizes = f"{small['people']:,} to {large['people']:,} people"
        lines.append(f"* {sizes}: growth exponent of the first refresh {exponent:.2f} (CPU)")
    return lines
