"""A destination that remembers every call in a file, so that it survives the process that called it."""

import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from activations.contract import (
    CLEAR,
    Batch,
    BatchResult,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Options,
    Pending,
    Receipts,
    Surroundings,
    Target,
)
from activations.field_rules import email
from activations.outcomes import Accepted, Delivered, Outcome


class FakeConfig(Options):
    kill_after: int | None = None
    account: str = "fake"


class FakeConnector(Connector):
    """`decide` gives another outcome than delivered; `before` runs ahead of every single row."""

    name = "fake"
    Config = FakeConfig
    decide: ClassVar[Callable[[Batch, int], Outcome | None]] = staticmethod(lambda batch, i: None)
    before: ClassVar[Callable[[], None]] = staticmethod(lambda: None)
    lost: ClassVar[bool | None] = None
    answer: ClassVar[Callable[[str, Batch], BatchResult | Pending]] = staticmethod(lambda receipt, batch: Pending())
    made: ClassVar[dict[str, str]] = {}

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._config = FakeConfig.model_validate(config)
        self._file = surroundings.outbox / "calls.jsonl"
        self._sent = 0

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        fields = {"email": FieldSpec(kind="email", identifier=True, normalise=email)}
        record = ObjectSpec(
            name="record",
            kind="record",
            channel=None,
            limits=Limits(max_rows=3),
            idempotent=True,
            matches=frozenset({"upsert", "create_only"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields=fields,
            open_fields=True,
        )
        message = ObjectSpec(
            name="message",
            kind="message",
            channel="email",
            limits=Limits(max_rows=3),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": FieldSpec(kind="email", required=True, identifier=True, normalise=email)},
        )
        job = replace(record, name="job", receipts=Receipts(first_poll=60, deadline=3600))
        late = replace(message, name="late", receipts=Receipts(first_poll=60, deadline=3600))
        billed = replace(record, name="billed", changed_fields_only=True, clears=True)
        metered = replace(record, name="metered", limits=Limits(max_rows=3, per_day=2))
        paced = replace(record, name="paced", limits=Limits(max_rows=3, per_second=5))
        wide = replace(record, name="wide", limits=Limits(max_rows=3, concurrency=4))
        cleared = replace(record, name="cleared", clears=True, on_leave=frozenset({"clear"}))
        hashed = {"email": FieldSpec("email", identifier=True, normalise=email, hash="sha256"),
                  "name": FieldSpec(valid=lambda value: value != "bad", on_invalid="drop")}  # fmt: skip
        matched = replace(record, name="matched", fields=hashed)
        specs = (record, message, job, late, billed, metered, paced, wide, cleared, matched)
        return {spec.name: spec for spec in specs}

    def check(self) -> None:
        return None

    def account(self) -> str:
        return self._config.account

    def holds(self, target: Target) -> bool | None:
        return None if FakeConnector.lost is None else not FakeConnector.lost

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        if target.audience not in self.made:
            self.made[target.audience] = f"audience-{len(self.made) + 1}"
        return {"id": self.made[target.audience]}

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        return FakeConnector.answer(receipt, batch)

    def send(self, batch: Batch) -> BatchResult:
        outcomes: list[Outcome] = []
        for index, operation in enumerate(batch.operations):
            FakeConnector.before()
            self._maybe_kill()
            outcome = FakeConnector.decide(batch, index) or Delivered()
            if isinstance(outcome, Delivered | Accepted):
                shown = {name: "CLEAR" if value is CLEAR else value for name, value in operation.fields.items()}
                call: dict[str, Any] = {"action": batch.action, "key": operation.key, "fields": shown}
                call |= {"ids": dict(operation.ids), "audience": batch.target.ids.get("id")}
                self._remember(call | {"message_id": operation.message_id})
            outcomes.append(outcome)
        return BatchResult.in_order(batch, outcomes)

    def preview(self, batch: Batch) -> str:
        return f"{len(batch.operations)} rows"

    def _maybe_kill(self) -> None:
        self._sent += 1
        if self._config.kill_after is not None and self._sent > self._config.kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    def _remember(self, call: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a") as file:
            file.write(json.dumps(call) + "\n")


def calls(outbox: Path) -> list[dict[str, Any]]:
    file = outbox / "calls.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def held(outbox: Path) -> dict[str, dict[str, Any]]:
    """What the destination holds after all those calls."""
    state: dict[str, dict[str, Any]] = {}
    for call in calls(outbox):
        if call["action"] == "remove":
            state.pop(call["key"], None)
        else:
            state[call["key"]] = call["fields"]
    return state
