"""`heddle sync status` and `heddle sync rows`: read from the published copy, never wait for a run."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from activations import STATES, account_statuses, former_ids, load_syncs, row_history, rows_in_state, sync_statuses
from heddle.cli.formats import Answer, Form, Json, Markdown, Section
from heddle.cli.profile import outcome
from heddle.errors import HeddleError
from heddle.identity import find, open_identity
from heddle.settings import Settings

_KEY = 12  # characters of a key: enough to tell rows apart
_COUNTS = (
    "held",
    "unsent",
    "waiting",
    "quarantined",
    "unknown",
    "suppressed",
    "invalid",
    "receipts",
    "receipts_overdue",
)


def status(
    name: Annotated[str | None, typer.Argument(help="One sync; all without.")] = None,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Show how every sync stands: latest run, rows held, backlog, receipts that are open or overdue, paused accounts.

    Example: `heddle sync status` or `heddle sync status files_vip_csv`
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    with open_identity(Settings.load()) as wh:
        found = [one for one in sync_statuses(wh, now) if name in (None, one.sync)]
        accounts = account_statuses(wh, now)
    if name and not found:
        raise HeddleError(f"the sync {name!r} has not run yet", hint="heddle sync list shows what there is")
    told = [word for word in _COUNTS if word == "held" or any(getattr(one, word) for one in found)]
    columns = ["sync", "status", "backlog", *(word.replace("_", " ") for word in told), "match rate", "last run"]
    rows = [
        [one.sync, one.status, one.backlog, *(getattr(one, word) for word in told),
         None if one.match_rate is None else f"{one.match_rate:.1%}", one.as_of]
        for one in found
    ]  # fmt: skip
    sections = [Section("Syncs", columns, rows)]
    said = [f"{one.sync}: {one.guard_reason or one.error}" for one in found if one.guard_reason or one.error]
    if said:
        sections.append(Section("Why", text="\n".join(said)))
    if accounts:
        kept = [[a.account, a.calls, a.paused_until, a.reason or ""] for a in accounts]
        sections.append(Section("Accounts", ["account", "calls today", "paused until (UTC)", "why"], kept))
    Answer({"syncs": found, "accounts": accounts}, sections).show(Form.of(as_json, markdown))


def rows(
    identifier: Annotated[
        str | None,
        typer.Argument(help="A profile id of any age, TYPE:VALUE, or a bare value; with --state a sync, or nothing."),
    ] = None,
    sync: Annotated[str | None, typer.Option(help="Only this sync.")] = None,
    state: Annotated[str | None, typer.Option(help=f"The rows of a state instead: {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option(help="How many attempts, or rows, at most.", min=1)] = 20,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Show what happened to a person: their rows in every sync, why one is not sent, and every attempt. Or, with
    --state, which rows a sync keeps back.

    Example: `heddle sync rows email:anna@example.com`, or `heddle sync rows smtp_abandoned_cart --state unknown`
    """
    if state:
        _rows_in_state(state, sync or identifier, limit, Form.of(as_json, markdown))
        return
    if identifier is None:
        raise typer.BadParameter("name a person, or a state with --state")
    with open_identity(Settings.load()) as wh:
        subject = find(wh, identifier)
        if subject.profile_id is None:
            lead = outcome(subject.resolution) if subject.resolution else "the identifier belongs to nobody"
            raise HeddleError(lead, hint="heddle profile show says why")
        history = row_history(wh, former_ids(wh, subject.profile_id), sync, limit)
    states = [
        [one.sync, one.member_key or "", "yes" if one.held else "no", one.status or "", one.plan or "", one.why or "",
         one.attempts, one.retry_at, one.acked_at]
        for one in history.states
    ]  # fmt: skip
    attempts = [
        [one.at, one.sync, one.member_key or "", one.action, one.status, one.code or "", one.message or "", one.attempt,
         one.receipt or one.message_id or ""]
        for one in history.attempts
    ]  # fmt: skip
    held = ["sync", "member", "held", "last outcome", "latest plan", "why", "failures", "next try", "acknowledged"]
    tried = ["at", "sync", "member", "action", "outcome", "code", "message", "try", "receipt or message id"]
    title = f"Profile {history.profiles[0]}"
    if len(history.profiles) > 1:
        title += f" (with {len(history.profiles) - 1} merged into it)"
    sections = [Section(title, held, states), Section("Attempts, newest first", tried, attempts)]
    if not states and not attempts:
        sections = [Section(title, text="no sync has a row of this person, and none was ever sent")]
    Answer(history, sections).show(Form.of(as_json, markdown))


def _rows_in_state(state: str, sync: str | None, limit: int, form: Form) -> None:
    if state not in STATES:
        raise typer.BadParameter(f"{state!r} is not one of {', '.join(STATES)}", param_hint="--state")
    if sync:
        load_syncs(Settings.load())[sync]  # an unknown name is an error, not an empty table
    with open_identity(Settings.load()) as wh:
        found, total = rows_in_state(wh, state, sync, limit)
    title = f"{total:,} rows {state}" + (f", the first {len(found)}" if total > len(found) else "")
    columns = ["sync", "key", "profile", "member", "why", "message", "failures", "next try", "since"]
    body = [
        [one.sync, (one.key or "")[:_KEY], one.profile_id, one.member_key or "", one.why or "", one.message or "",
         one.failures, one.retry_at, one.since]
        for one in found
    ]  # fmt: skip
    if state == "unknown":
        columns.append("message id")
        body = [[*row, one.message_id or ""] for row, one in zip(body, found, strict=True)]
    sections = [Section(title, columns, body)] if found else [Section(title)]
    ask = "look in the destination's log, then `heddle sync decide SYNC KEY sent` or `not-sent`"
    closing = [ask] if found and state == "unknown" else []
    Answer({"state": state, "total": total, "rows": found}, sections, closing).show(form)
