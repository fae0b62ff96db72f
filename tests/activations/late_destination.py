"""A destination that takes jobs and does them when it likes, in an order of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from activations.contract import (
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
)
from activations.field_rules import email
from activations.outcomes import Accepted, Delivered


@dataclass
class Job:
    action: str
    rows: dict[str, str | None]
    done: bool = False


class LateConnector(Connector):
    """`rows` is what the audience holds. Of `adds_late` only adds are jobs, of `all_late` removals as well."""

    name = "late"
    Config = Options
    rows: ClassVar[dict[str, str | None]] = {}
    jobs: ClassVar[dict[str, Job]] = {}

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        return

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        spec = ObjectSpec(
            name="adds_late",
            kind="record",
            channel=None,
            limits=Limits(max_rows=4),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"remove"}),
            fields={"email": FieldSpec("email", identifier=True, normalise=email)},
            open_fields=True,
            receipts=Receipts(first_poll=0, deadline=86_400),
        )
        return {one.name: one for one in (spec, replace(spec, name="all_late"))}

    def check(self) -> None:
        return None

    def preview(self, batch: Batch) -> str:
        return f"{len(batch.operations)} rows"

    def send(self, batch: Batch) -> BatchResult:
        rows = {str(one.fields["email"]): str(one.fields.get("name")) for one in batch.operations}
        job = Job(batch.action, dict(rows))
        if batch.action == "remove" and batch.target.object == "adds_late":
            _do(job)
            return BatchResult.same(batch, Delivered())
        receipt = f"job-{len(self.jobs) + 1}"
        self.jobs[receipt] = job
        return BatchResult.same(batch, Accepted(receipt))

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        return BatchResult.same(batch, Delivered()) if self.jobs[receipt].done else Pending(0)


def waiting() -> list[str]:
    return [receipt for receipt, job in LateConnector.jobs.items() if not job.done]


def complete(receipt: str) -> None:
    """The vendor does the job now, whatever it has done since it took it."""
    _do(LateConnector.jobs[receipt])


def forget() -> None:
    LateConnector.rows.clear()
    LateConnector.jobs.clear()


def _do(job: Job) -> None:
    job.done = True
    for address, name in job.rows.items():
        if job.action == "remove":
            LateConnector.rows.pop(address, None)
        else:
            LateConnector.rows[address] = name
