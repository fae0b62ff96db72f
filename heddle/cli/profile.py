"""`heddle profile`: who somebody is, and what became of an id."""

from dataclasses import asdict
from typing import Annotated

import typer

from heddle.cli.plain import moment, plain_table, print_json, print_plain
from heddle.cli.profile_view import print_profile, print_withheld
from heddle.cli.terminal import out
from heddle.identity import (
    Mask,
    Node,
    PersonalColumns,
    Resolution,
    changes,
    find,
    open_identity,
    profile_of,
    profiles_with,
    resolve_id,
    withheld_nodes,
)
from heddle.settings import Settings
from heddle.warehouse import Warehouse

app = typer.Typer(help="Look at one profile.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")]
ShowPii = Annotated[bool, typer.Option("--show-pii", help="Show personal data instead of its shape, `a…(14)`.")]


@app.command("resolve")
def resolve(profile_id: Annotated[str, typer.Argument(help="A profile id of any age.")], as_json: Json = False) -> None:
    """Follow a profile id through all merges and splits to the id that carries it on today.

    Retired ids resolve for ever: what was exported under one last year still finds its person.

    Example: `heddle profile resolve p229948035967556909`
    """
    with open_identity(Settings.load()) as wh:
        found = resolve_id(wh, profile_id)
        steps = changes(wh, found.steps, Mask())
    if as_json:
        print_json({"asked": found.asked, "outcome": found.outcome, "live": found.live,
                    "path": [asdict(step) for step in steps]})  # fmt: skip
        return
    if steps:
        rows = [[step.to_id or "(nobody)", step.happened_at, step.change, step.cause] for step in steps]
        out.print(plain_table("", ["id", "since", "by", "cause"], [[found.asked, "", "", ""], *rows]))
    print_plain(outcome(found))


@app.command("show")
def show(
    identifier: Annotated[str, typer.Argument(help="A profile id of any age, TYPE:VALUE, or a bare value.")],
    show_pii: ShowPii = False,
    as_json: Json = False,
    limit: Annotated[int, typer.Option(help="How many identifiers, events and changes at most.", min=1)] = 10,
) -> None:
    """Show one person: golden record with its sources, identifiers, segments, last events, consent, merge history.

    Personal data is masked unless you ask for it.

    Example: `heddle profile show email:anna@example.com`
    """
    settings, mask = Settings.load(), Mask(show_pii)
    with open_identity(settings) as wh:
        subject = find(wh, identifier)
        if subject.profile_id is None:
            if subject.node is not None:
                _print_nobody(wh, subject.node, mask, limit, as_json)
            elif subject.resolution is not None:
                _print_gone(subject.resolution, as_json)
            return
        profile = profile_of(wh, subject.profile_id, mask, PersonalColumns(settings.dbt_project), limit)
    if as_json:
        print_json({"asked": subject.resolution.asked if subject.resolution else None, **asdict(profile)})
        return
    if subject.resolution is not None and subject.resolution.steps:
        print_plain(outcome(subject.resolution))
    print_profile(profile)


def _print_nobody(wh: Warehouse, node: Node, mask: Mask, limit: int, as_json: bool) -> None:
    guards, seen_with = withheld_nodes(wh, [node.id], mask), profiles_with(wh, node.id, min(limit, 5))
    print_withheld(mask.node(node), guards, seen_with, as_json)


def outcome(found: Resolution) -> str:
    """Where an id leads, in a sentence."""
    last = moment(found.steps[-1].happened_at) if found.steps else ""
    match found.outcome:
        case "live":
            return f"{found.asked} is live"
        case "merged":
            return f"{found.asked} is {found.live} now"
        case "retired":
            step = found.steps[-1]
            why = f"{step.cause}: {step.reason}" if step.reason else step.cause
            return f"{found.asked} has no successor: {step.from_id} was retired {last} ({why})"
        case _:
            return f"{found.asked} was retired, and the merge log does not say what became of it"


def _print_gone(found: Resolution, as_json: bool) -> None:
    if as_json:
        print_json({"asked": found.asked, "outcome": found.outcome, "live": None})
    else:
        print_plain(outcome(found))
