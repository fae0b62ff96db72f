"""What an un-merge will do, before anything is written."""

from collections.abc import Sequence

from heddle.cli.plain import plain_table, print_plain
from heddle.cli.terminal import out
from heddle.identity import Decision, Part, Preview, Withheld

SHOWN_PARTS = 5


def print_decision(
    decision: Decision, effect: Preview, guards: Sequence[Withheld], first: str, second: str | None
) -> None:
    """Print what was decided before, what stands now, and into what the profile falls."""
    for guard in guards:
        print_plain(f"{guard.label} is withheld today by {guard.guard} ({guard.reason or 'no reason given'})")
    if decision.existing_line is not None:
        print_plain(f"already decided: {decision.seed}:{decision.existing_line}; nothing to write")
        return
    what = f"{first} and {second} are never one person" if second else f"{first} never links anybody"
    print_plain(what, "bold")
    if effect.profile_id is None:
        print_plain("it belongs to nobody today; the row keeps it so")
        return
    whole = effect.whole
    print_plain(f"profile {effect.profile_id}: {_identifiers(whole):,} identifiers in {whole.records:,} records")
    if effect.parts is None:
        print_plain("too large to be taken apart here; the run does it")
    elif second is not None and len(effect.parts) == 1:
        print_plain("the two are not in one profile today; the row keeps it so")
    else:
        _print_parts(effect.parts, second is not None)


def _print_parts(parts: Sequence[Part], by_distance: bool) -> None:
    about = "falls into about 2 parts, each node to the nearer" if by_distance else f"falls into {len(parts):,} parts"
    print_plain(about if len(parts) != 1 else "stays whole: other links hold it together")
    rows = [[i, part.records, _kinds(part)] for i, part in enumerate(parts[:SHOWN_PARTS], 1)]
    out.print(plain_table("", ["part", "records", "identifiers"], rows))
    if len(parts) > SHOWN_PARTS:
        print_plain(f"... and {len(parts) - SHOWN_PARTS:,} smaller ones", "dim")


def _kinds(part: Part) -> str:
    return ", ".join(f"{n:,} {kind}" for kind, n in part.identifiers.items()) or "none, only records"


def _identifiers(part: Part) -> int:
    return sum(part.identifiers.values())
