"""One line per step while a run goes on: what it did, how much, how long; a live line for the step that runs."""

import time
from types import TracebackType
from typing import Any, Self

from rich.padding import Padding
from rich.text import Text

from heddle.cli.terminal import out, shown

FACTS = (
    "new_rows",
    "rejects",
    "files_unreadable",
    "dbt_nodes",
    "tests",
    "planned",
    "delivered",
    "accepted",
    "rejected",
    "unknown",
    "suppressed",
)
# what a load has to say in words, and what a person reads before it
TOLD = {
    "problem": "",
    "reject_reasons": "rejects: ",
    "new_columns": "new columns: ",
    "missing_columns": "columns that are declared and were not there: ",
    "type_changes": "types: ",
}
_EVERY = 10.0  # seconds between lines of a long step where nothing can be redrawn


class StepPrinter:
    """Prints from the events of a run. Only counts and names of things are shown, never a value of a row."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._facts: dict[str, dict[str, int]] = {}
        self._words: dict[str, list[str]] = {}
        self._look_at = "the text, line and reason of each rejected row are kept in raw.raw_rejects"
        self._step, self._said = "", time.monotonic()
        self._own: dict[str, float] = {}
        self._status = out.status("starting: reading definitions, parsing the dbt project")

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._status.stop()

    def told(self, what: str, done: int, total: int) -> None:
        """How far the running step is; without a total, something to know."""
        if not total:
            out.print(f"  {what}")
            return
        # the step of the first sync sends for several
        step = "delivering" if self._step.startswith("sync_") else self._step
        if out.is_terminal:
            self._status.update(f"{step}  {done:,}/{total:,}  {what}")
        elif time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            out.print(f"     {step}  {done:,}/{total:,}  {what}", markup=False)

    def on_event(self, event: Any) -> None:
        """Take one Dagster event (duck-typed: the CLI does not know Dagster)."""
        if event.step_key is None:
            return
        kind = event.event_type_value
        if kind == "STEP_START":
            self._start(event.step_key)
        elif kind == "ASSET_MATERIALIZATION":
            self._collect(event.step_key, event.event_specific_data.materialization.metadata)
        elif kind in ("STEP_SUCCESS", "STEP_FAILURE"):
            self._end(event.step_key, kind == "STEP_SUCCESS")
        elif kind == "STEP_SKIPPED":
            out.print(f"  [dim]-- {event.step_key} skipped: what it reads was not built[/dim]")

    def _start(self, step: str) -> None:
        self._step = step
        self._began[step] = time.monotonic()
        if out.is_terminal:
            self._status.update(step)
        else:
            out.print(f"  .. {step}")

    def _collect(self, step: str, metadata: dict[str, Any]) -> None:
        facts = self._facts.setdefault(step, {})
        if step.startswith("sync_") and "latency_seconds" in metadata:
            self._own[step] = float(metadata["latency_seconds"].value)
        for name, entry in metadata.items():
            if name in FACTS and isinstance(entry.value, int) and entry.value:
                facts[name] = facts.get(name, 0) + entry.value
        self._words[step] = [f"{before}{metadata[name].value}" for name, before in TOLD.items() if name in metadata]
        if "reject_reasons" in metadata and self._look_at:
            self._words[step].append(self._look_at)
            self._look_at = ""

    def _end(self, step: str, good: bool) -> None:
        # syncs are sent side by side, in the step of the first: each says how long it took itself
        seconds = self._own.get(step, time.monotonic() - self._began.get(step, time.monotonic()))
        mark = "[green]ok[/green]" if good else "[red]!![/red]"
        facts = self._facts.get(step, {}).items()
        told = ", ".join(f"{shown(value)} {name.replace('_', ' ')}" for name, value in facts)
        line = f"{step:<44} {seconds:6.1f} s"
        beside = len(line) + len(told) + 7 <= out.width
        out.print(f"  {mark} {line}  [dim]{told if beside else ''}[/dim]")
        for words in (*([] if beside else [told]), *self._words.pop(step, ())):
            _print_below(words)


def _print_below(words: str) -> None:
    """Belongs to the line above: where a terminal folds it, it stays below."""
    if out.is_terminal:
        out.print(Padding(Text(words, style="dim"), (0, 0, 0, 5), expand=False), soft_wrap=False)
    else:
        out.print(f"     {words}", markup=False)
