"""What a run prints, on a terminal of 80 columns: nothing is cut off, and what is folded stands below its line."""

from types import SimpleNamespace
from typing import Any

import pytest

from heddle.cli import progress, summary
from heddle.cli.terminal import out

SYNCS = [
    ["klaviyo_newsletter_sleepers", "done", 1_332, 2, 0, 0, 4, 0, "2026-06-15 04:45"],
    ["webhook_good_buyers_sms", "blocked", 0, 0, 0, 0, 0, 0, "2026-06-15 04:45"],
]


def printed(monkeypatch: pytest.MonkeyPatch, width: int, rows: list[list[object]]) -> str:
    monkeypatch.setattr(out, "_width", width)
    with out.capture() as said:
        summary._print_syncs(rows)
    return said.get()


def test_syncs_leave_out_what_is_nought_everywhere_where_it_gets_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    told = printed(monkeypatch, 80, SYNCS)
    assert max(len(line.rstrip()) for line in told.splitlines()) <= 80 and "…" not in told
    assert all(word in told for word in ("klaviyo_newsletter_sleepers", "blocked", "1,332", "suppressed", "accepted"))
    assert "rejected" not in told and "last instant" not in told
    rejected = printed(monkeypatch, 80, [[*SYNCS[0][:4], 7, *SYNCS[0][5:]], SYNCS[1]])
    assert "rejected" in rejected
    assert all(column in printed(monkeypatch, 140, SYNCS) for column in summary.SYNC_COLUMNS)


def event(kind: str, metadata: dict[str, object] | None = None) -> Any:
    told = {name: SimpleNamespace(value=value) for name, value in (metadata or {}).items()}
    data = SimpleNamespace(materialization=SimpleNamespace(metadata=told))
    return SimpleNamespace(step_key="load_web__events", event_type_value=kind, event_specific_data=data)


def test_what_does_not_fit_beside_a_step_stands_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", 80)
    monkeypatch.setattr(out, "_force_terminal", True)
    reasons = "column timestamp: expected timestamp: 67; not JSON: 133; " + "expected 7 columns, got 9: 10"
    with out.capture() as said:
        printer = progress.StepPrinter()
        for _ in range(2):
            printer.on_event(event("STEP_START"))
            facts = {"new_rows": 200_670, "rejects": 200, "reject_reasons": reasons}
            printer.on_event(event("ASSET_MATERIALIZATION", facts))
            printer.on_event(event("STEP_SUCCESS"))
    lines = [line for line in said.get().splitlines() if line.strip()]
    plain = [line.replace("\x1b[2m", "").replace("\x1b[0m", "") for line in lines]
    assert next(line for line in plain if "200,670 new rows" in line).startswith("     200,670 new rows, 200 rejects")
    assert all(line.startswith(("     ", "  ")) for line in plain)
    assert sum("raw.raw_rejects" in line for line in plain) == 1, "said once in a run"
