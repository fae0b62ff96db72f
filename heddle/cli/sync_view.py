"""Plans, results and checks of syncs as answers."""

from collections.abc import Sequence

from activations import ConnectionCheck, Fault, Plan, RunResult
from heddle.cli.formats import Answer, Section
from heddle.cli.terminal import shown

_FIRST = (
    "add",
    "change",
    "remove",
    "unchanged",
    "pending",
    "waiting",
    "suppressed",
    "invalid",
    "quarantined",
    "unknown",
)


def plan_answer(made: Plan, sealed: bool) -> Answer:
    """Counts by action and reason, the guard, a masked sample, the first request."""
    order = {action: place for place, action in enumerate(_FIRST)}
    rows = [
        [action, reason, n]
        for action, reasons in sorted(made.counts.items(), key=lambda item: order.get(item[0], len(order)))
        for reason, n in sorted(reasons.items())
    ]
    verdict = f"guard: {made.guard_verdict}{f' ({made.guard_reason})' if made.guard_reason else ''}"
    facts = [f"source: {shown(made.source_rows)} rows; the destination holds {shown(made.held)}", verdict]
    if made.resync:
        facts.append(f"full resync ({made.resync}): {shown(made.total('change'))} rows are sent again")
    title = f"Plan {made.id}" if sealed else f"Preview of {made.sync} (nothing was sealed)"
    sections = [Section(title, ["action", "reason", "rows"], rows, "\n".join(facts))]
    if made.sample:
        columns = list(dict.fromkeys(name for row in made.sample for name in row))
        sample = [[row.get(name, "") for name in columns] for row in made.sample]
        sections.append(Section("Sample (masked)", columns, sample))
    if made.first_request:
        sections.append(Section("First request (masked)", text=made.first_request, code=True))
    closing = [f"send it with `heddle sync apply {made.id}`"] if sealed and made.sendable else []
    if sealed and made.guard_reason and made.operations > made.sendable:
        closing.append(f"all of it, once, though the guard blocks: `heddle sync apply {made.id} --past-guard`")
    document = {
        "plan_id": made.id if sealed else None,
        "sync": made.sync,
        "as_of": made.as_of,
        "counts": made.counts,
        "operations": made.operations,
        "sendable": made.sendable,
        "source_rows": made.source_rows,
        "held": made.held,
        "guard": {"verdict": made.guard_verdict, "reason": made.guard_reason},
        "resync": made.resync,
        "sample": made.sample,
        "first_request": made.first_request,
    }
    return Answer(document, sections, closing)


def result_answer(result: RunResult) -> Answer:
    """Outcomes, their reasons, what the destination did not name, and how fast it went."""
    rows: list[list[object]] = [[status, "", n] for status, n in sorted(result.outcomes.items())]
    rows += [[*reason.split(": ", 1), n] for reason, n in sorted(result.reasons.items())]
    rows += [["not used by the destination", reason, n] for reason, n in sorted(result.unattributed.items())]
    rows += [["value left out", reason, n] for reason, n in sorted(result.dropped.items())]
    total = sum(result.outcomes.values())
    facts = ["an earlier call sent this plan; this one sent nothing"] if result.sent_before else []
    if total and result.seconds:
        facts.append(f"{shown(total)} rows in {result.seconds:,.1f} s, {total / result.seconds:,.0f} rows/s")
    if result.guard_reason:
        facts.append(f"guard: {result.guard_reason}")
    if result.paused_until:
        facts.append(f"paused until {result.paused_until:%Y-%m-%d %H:%M} UTC")
    title = f"{result.sync}: {result.status}"
    return Answer(result, [Section(title, ["outcome", "reason", "rows"], rows, "\n".join(facts))])


def check_answer(found: Sequence[ConnectionCheck], faults: Sequence[Fault]) -> Answer:
    """One line per connection; what to do where one fails."""
    rows = [
        [one.name, one.type, "ok" if one.ok else "fails", one.seconds, one.api_version or "", one.sunset or "",
         one.what or ""]
        for one in found
    ]  # fmt: skip
    columns = ["connection", "type", "check", "seconds", "api", "sunset", "what"]
    sections = [Section("Connections", columns, rows)]
    if faults:
        sections.append(Section("Faults", text="\n".join(str(fault) for fault in faults)))
    hints = [f"{one.name}: {one.hint}" for one in found if one.hint]
    return Answer({"connections": list(found), "faults": list(faults)}, sections, hints)
