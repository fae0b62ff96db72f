"""`heddle identity`: why two identifiers are one person, and how to take them apart."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from heddle.cli.decision_view import print_decision
from heddle.cli.explanation_view import print_explanation
from heddle.cli.forget import forget_person
from heddle.cli.link import link_people
from heddle.cli.plain import print_json, print_plain
from heddle.cli.profile import Json, ShowPii
from heddle.identity import (
    IdentityError,
    Mask,
    Node,
    Subject,
    decide,
    explain,
    find,
    open_identity,
    preview,
    record,
    withheld_nodes,
)
from heddle.settings import Settings

app = typer.Typer(help="Explain and correct who is who.", no_args_is_help=True)
app.command("link")(link_people)
app.command("forget")(forget_person)
Identifier = typer.Argument(help="TYPE:VALUE, a bare value, or (to explain) a profile id.")


@app.command("explain")
def explain_pair(
    a: Annotated[str, Identifier],
    b: Annotated[str, Identifier],
    show_pii: ShowPii = False,
    as_json: Json = False,
) -> None:
    """Say by which edges two identifiers are one person (rule, source, date of each), or why they are two.

    They are two because no source ever connected them, because a guard withholds what would connect them, or
    because the connection runs between two accounts or two people that somebody keeps apart.

    Example: `heddle identity explain email:anna@example.com phone:+48600700800`
    """
    with open_identity(Settings.load()) as wh:
        told = explain(wh, find(wh, a), find(wh, b), Mask(show_pii))
    if as_json:
        print_json(told)
    else:
        print_explanation(told)


@app.command("unmerge")
def unmerge(
    identifier: Annotated[str, Identifier],
    other: Annotated[str | None, typer.Argument(help="A second identifier: the two are never one person.")] = None,
    why: Annotated[str, typer.Option(help="The reason, without personal data: it is shown unmasked.")] = "",
    who: Annotated[str, typer.Option(help="Who decides; default: you.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    show_pii: ShowPii = False,
) -> None:
    """Take people apart: one identifier never links again, or two identifiers are never one person.

    The decision is a row of `identity_block_list.csv` or `identity_overrides.csv` in dbt_project/seeds, kept in your
    git and carried out by the next run, for the past as well. The row holds the identifier as it is: keep that
    repository as private as the warehouse. To take a decision back, delete its row.

    Example: `heddle identity unmerge phone:+48600700800 --why "switchboard of an office"`
    """
    settings, mask = Settings.load(), Mask(show_pii)
    with open_identity(settings) as wh:
        first, second = find(wh, identifier), find(wh, other) if other is not None else None
        nodes = [_node(subject) for subject in (first, second) if subject is not None]
        pair = nodes[1] if len(nodes) > 1 else None
        now = datetime.now(UTC).date()
        decision = decide(settings.dbt_project / "seeds", nodes[0], pair, why, who or _who(), now)
        guards = withheld_nodes(wh, [node.id for node in nodes], mask)
        effect = preview(wh, first, second)
    print_decision(decision, effect, guards, first.label(mask), second.label(mask) if second else None)
    if decision.existing_line is not None:
        return
    if dry_run:
        print_plain("dry run: nothing was written")
        return
    if not yes and not typer.confirm("Write it down?"):
        raise typer.Exit(1)
    record(decision)
    print_plain(f"written to {decision.seed}; commit it. The next `heddle run` carries it out.")


def _node(subject: Subject) -> Node:
    if subject.node is None:
        raise IdentityError(
            "a profile cannot be taken apart as a whole",
            hint="name the identifier that glued it together; `heddle profile show` lists them",
        )
    return subject.node


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise IdentityError("nobody is named as the one who decides", hint="add --who NAME") from None
