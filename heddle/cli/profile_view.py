"""How one profile looks: a table per question, readable in 100 columns."""

from collections.abc import Sequence
from dataclasses import asdict

from heddle.cli.plain import moment, plain_table, print_json, print_plain
from heddle.cli.terminal import out
from heddle.identity import Change, KnownIdentifier, Profile, Withheld


def print_profile(profile: Profile) -> None:
    """Print all sections; a section with nothing in it says so in one line."""
    born = f", born {moment(profile.born_at)}" if profile.born_at else ""
    print_plain(f"Profile {profile.profile_id}", "bold")
    print_plain(f"{_count(profile.identifiers_total, 'identifier')} in {_count(profile.records_total, 'record')}{born}")
    _section(
        "Golden record",
        ["field", "value", "source", "observed"],
        [[fact.field, fact.value, fact.source, fact.observed_at] for fact in profile.golden],
    )
    _section("Traits", ["trait", "value", "trait", "value"], _two_beside([[f.field, f.value] for f in profile.traits]))
    _print_identifiers(profile)
    _section(
        "Segments",
        ["segment", "for", "since"],
        [[member.segment, member.key, member.entered_at] for member in profile.segments],
    )
    _section(
        "Consent and reachability",
        ["channel", "purpose", "address", "reachable", "why", "consent", "since"],
        [
            [
                r.channel,
                r.purpose,
                r.address,
                "-" if r.is_reachable is None else r.is_reachable,
                r.reason,
                r.consent,
                r.since,
            ]
            for r in profile.reach
        ],
    )
    _section(
        "Last events",
        ["when", "event", "source", "about", "amount"],
        [[event.occurred_at, event.event, event.source, event.about, event.amount] for event in profile.events],
    )
    _section(
        "Merge history",
        ["when", "what", "nodes", "cause"],
        [[_day(c.happened_at), _happened(c, profile.profile_id), c.nodes, c.cause] for c in profile.history],
    )


def print_withheld(label: str, withheld: Sequence[Withheld], seen_with: Sequence[str], as_json: bool) -> None:
    """An identifier that belongs to nobody: which guard withholds it, and some of the profiles that have it."""
    if as_json:
        print_json(
            {
                "identifier": label,
                "profile_id": None,
                "withheld": [asdict(one) for one in withheld],
                "seen_with": list(seen_with),
            }
        )
        return
    print_plain(f"{label} belongs to nobody" + ("" if withheld else "; no guard withholds it"))
    for one in withheld:
        people = f"; it would have joined {one.people:,} people" if one.people else ""
        print_plain(f"  withheld by {one.guard}: {one.reason or 'no reason given'}{people}")
    if seen_with:
        print_plain(f"  among those who have it: {', '.join(seen_with)}")


def _print_identifiers(profile: Profile) -> None:
    rows = [[i.type, i.value, i.sources, _day(i.first_seen), _day(i.last_seen), _links(i)] for i in profile.identifiers]
    _section("Identifiers", ["type", "value", "sources", "first", "last", "links"], rows)
    left = profile.identifiers_total - len(rows)
    if left > 0:
        print_plain(f"... and {left:,} more: --limit {profile.identifiers_total}", "dim")


def _links(known: KnownIdentifier) -> str:
    """Whether it links, in words."""
    where = f"{known.belongs_to} has it" if known.belongs_to else ""
    told = "; ".join(part for part in (where, known.guard) if part)
    return f"{'yes' if known.links else 'no'}{f': {told}' if told else ''}"


def _happened(change: Change, profile_id: str) -> str:
    """A change of the log as this profile lived through it."""
    if change.from_id == profile_id:
        words = {"merge": "went into", "split": "split off", "move": "lost a part to"}
        return f"{words[change.change]} {change.to_id}" if change.to_id and change.change in words else "ended"
    words = {"merge": "took in", "split": "split off from", "move": "got a part of"}
    return f"{words.get(change.change, change.change)} {change.from_id}"


def _section(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        out.print()
        out.print(plain_table(title, columns, rows))
    else:
        out.print(f"\n[bold]{title}[/bold]  [dim]none[/dim]")


def _two_beside(pairs: Sequence[Sequence[object]]) -> list[list[object]]:
    half = (len(pairs) + 1) // 2
    right = [*pairs[half:], *([["", ""]] * (2 * half - len(pairs)))]
    return [[*a, *b] for a, b in zip(pairs[:half], right, strict=True)]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _day(value: object) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}"
