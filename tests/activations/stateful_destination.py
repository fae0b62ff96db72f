"""A destination that keeps its state in a file of its own and dies, with its caller, when told to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from activations.contract import (
    Batch,
    BatchResult,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Operation,
    Options,
    Pending,
    Receipts,
    Surroundings,
)
from activations.field_rules import email
from activations.outcomes import Accepted, Delivered, Outcome

Tick = Callable[[], None]


class StatefulConnector(Connector):
    """`tick` runs before and after every effect: raising there is dying there. `refuse` decides about a row."""

    name = "stateful"
    Config = Options
    tick: ClassVar[Tick] = staticmethod(lambda: None)
    refuse: ClassVar[Callable[[Operation], Outcome | None]] = staticmethod(lambda operation: None)

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._file = surroundings.outbox / "stateful.json"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        audience = ObjectSpec(
            name="audience",
            kind="record",
            channel=None,
            limits=Limits(max_rows=4),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"remove"}),
            fields={"email": FieldSpec("email", identifier=True, normalise=email)},
            open_fields=True,
        )
        job = replace(audience, name="job", receipts=Receipts(first_poll=0, deadline=86_400))
        mail = replace(
            audience,
            name="mail",
            kind="message",
            channel="email",
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
        )
        return {spec.name: spec for spec in (audience, job, mail)}

    def check(self) -> None:
        return None

    def preview(self, batch: Batch) -> str:
        return f"{len(batch.operations)} rows"

    def send(self, batch: Batch) -> BatchResult:
        outcomes: list[Outcome] = []
        for operation in batch.operations:
            StatefulConnector.tick()
            outcome = StatefulConnector.refuse(operation)
            if outcome is None:
                self._take(batch, operation)
                outcome = Accepted(f"job-{batch.action}") if batch.target.object == "job" else Delivered()
            outcomes.append(outcome)
            StatefulConnector.tick()
        return BatchResult.in_order(batch, outcomes)

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        StatefulConnector.tick()
        return BatchResult.same(batch, Delivered())

    def _take(self, batch: Batch, operation: Operation) -> None:
        state = read(self._file)
        if batch.target.object == "mail":
            state["sent"].append(operation.message_id)
        elif batch.action == "remove":
            state["rows"].pop(str(operation.fields["email"]), None)
        else:
            state["rows"][str(operation.fields["email"])] = operation.fields["name"]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(state))


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"rows": {}, "sent": []}
    return found
