"""Jobs of Salesforce's Bulk API 2.0: opened, filled with one CSV, closed; what became of each row is asked later."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import requests

from activations.batch import Batch, BatchResult, Operation, Pending
from activations.client import said_by
from activations.http_connector import Call, HttpConnector
from activations.outcomes import Accepted, Outcome, Rejected
from activations.salesforce_rows import Told, cell, deletions, upserts, would_clear
from heddle.errors import RetryLater, StopSync

MAX_CSV = 100_000_000  # 150 MB is the limit of the body in base64, which Salesforce makes of it
_UNDER_WAY = ("Open", "UploadComplete", "InProgress")
_AN_HOUR = 3_600.0
_UNSAID = Rejected("reserved_text", "a text of the row is the word that empties a field in a CSV")


@dataclass(frozen=True)
class BulkJobs:
    """The jobs of one org. `ask` makes a call and raises for what is about our side."""

    connector: HttpConnector
    ask: Callable[[Call], requests.Response]
    path: str

    def opening(self, kind: str, external_id: str | None) -> Call:
        """The job that upserts by `external_id`, or deletes where there is none."""
        named = {"operation": "upsert", "externalIdFieldName": external_id} if external_id else {"operation": "delete"}
        form = {"contentType": "CSV", "lineEnding": "CRLF", "columnDelimiter": "COMMA"}
        return Call("POST", self.path, json={"object": kind, **named, **form})

    def send(self, batch: Batch, kind: str, external_id: str | None) -> BatchResult:
        """Accepted under the id of the job; a row that no CSV can say is not in it. Rows to delete have an id."""
        unsaid = {row.op_id: _UNSAID for row in batch.operations if external_id and would_clear(row)}
        rows = [row for row in batch.operations if row.op_id not in unsaid]
        if not rows:
            return BatchResult(batch, unsaid)
        file = upserts(rows) if external_id else deletions(rows)
        if len(file) > MAX_CSV:
            return BatchResult.same(batch, Rejected("too_large", f"{len(file):,} bytes of CSV", scope="batch"))
        job = self._opened(kind, external_id)
        try:
            taken = self._filled(job, file)
        except (StopSync, RetryLater):
            self._aborted(job)
            raise
        if not taken:
            self._aborted(job)
            return BatchResult.same(batch, Rejected("too_large", "more than a job takes", scope="batch"))
        # by the id of a deleted record its result is known again: it may have been looked up for this job
        accepted = {row.op_id: Accepted(job, {} if external_id else row.ids) for row in rows}
        return BatchResult(batch, {**accepted, **unsaid})

    def poll(self, receipt: str, batch: Batch, external_id: str | None) -> BatchResult | Pending:
        """What the result files say, row by row. Raises StopSync where they do not account for the batch."""
        job = self.connector.json(self._understood(Call("GET", f"{self.path}/{receipt}")))
        if job["state"] in _UNDER_WAY:
            return Pending(30)
        told = Told(
            external_id or "Id",
            ((_name(row, external_id), row.op_id) for row in batch.operations),
        )
        told.successes(self._file(receipt, "successfulResults"))
        if told.missing:
            told.failures(self._file(receipt, "failedResults"), deleting=external_id is None)
        if told.missing:
            told.unprocessed(self._file(receipt, "unprocessedrecords"), _not_processed(job))
        if told.missing or told.strangers:
            raise self.connector.unclear(f"{told.missing} rows of a job missing, {told.strangers} strangers in it")
        return BatchResult(batch, told.outcomes)

    def _opened(self, kind: str, external_id: str | None) -> str:
        return str(self.connector.json(self._understood(self.opening(kind, external_id)))["id"])

    def _filled(self, job: str, file: bytes) -> bool:
        """Uploads and closes; False where the file is too large."""
        path = f"{self.path}/{job}"
        answer = self.ask(Call("PUT", f"{path}/batches", data=file, headers={"Content-Type": "text/csv"}))
        if answer.status_code == 413:
            return False
        self._judged(answer)
        self._understood(Call("PATCH", path, json={"state": "UploadComplete"}))
        return True

    def _aborted(self, job: str) -> None:
        """A job that stays open is deleted after a week; one that was closed after all repeats what does no harm."""
        with suppress(StopSync, RetryLater):
            self.ask(Call("PATCH", f"{self.path}/{job}", json={"state": "Aborted"}))

    def _file(self, job: str, name: str) -> bytes:
        return bytes(self._understood(Call("GET", f"{self.path}/{job}/{name}", headers={"Accept": "text/csv"})).content)

    def _understood(self, call: Call) -> requests.Response:
        return self._judged(self.ask(call))

    def _judged(self, answer: requests.Response) -> requests.Response:
        """A 4xx here is about the job, so about every row alike: halving it would only open more of them."""
        if answer.ok:
            return answer
        if "EXCEEDEDQUOTA" in answer.text or "LIMIT_EXCEEDED" in answer.text:
            raise RetryLater("the quota of bulk jobs is used up", _AN_HOUR, self.connector.account())
        said = f"Salesforce refuses the job ({answer.status_code}): {said_by(answer)}"
        raise StopSync(said, self.connector.account(), "compare type and external_id of the sync with the object there")


def _name(row: Operation, external_id: str | None) -> str:
    return cell(row.fields.get(external_id)) if external_id else row.ids.get("id", "")


def _not_processed(job: dict[str, object]) -> Outcome:
    """The job ended before these; what ended it is told with each."""
    why = str(job.get("errorMessage") or f"the job is {job['state']}")
    return Rejected(why.partition(" :")[0] if " :" in why else "not_processed", why, retryable=True)
