"""Delivering a sealed plan: parcels within a destination's limits, marks before the call, outcomes after it."""

import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from activations.accounts import Account
from activations.alike import kinds_of
from activations.audiences import ensured
from activations.contract import Batch, Target
from activations.ledger import SCHEMA, count_rows
from activations.outcomes import Accepted, Outcome, Rejected
from activations.pacing import bucket_of
from activations.patience import Patience, Sent, send_patiently
from activations.receipts import remember_receipts
from activations.sealed_pages import Parcel, SealedPages, unsent
from activations.settle import Settlement
from activations.syncs import OpenSync
from heddle.errors import RetryLater, StopSync, SyncError
from heddle.rare_collections import rare_collections
from heddle.warehouse import Warehouse, literal

Progress = Callable[[int, int], None]
_ROOT = Path(__file__).parent.parent


class Delivery:
    """One sealed plan on its way to one destination."""

    def __init__(
        self,
        wh: Warehouse,
        opened: OpenSync,
        plan_id: str,
        as_of: datetime,
        patience: Patience,
        progress: Progress | None,
    ) -> None:
        self._wh, self._opened, self._plan_id, self._as_of = wh, opened, plan_id, as_of
        self._patience, self._progress = patience, progress
        self._limits = opened.spec.limits
        self._account = Account(wh, opened.connector.account(), self._limits, patience.clock)
        self._bucket = (
            bucket_of(opened.connector.account(), self._limits.per_second) if self._limits.per_second else None
        )
        self._pages = SealedPages(wh, opened, plan_id, as_of)
        again = bool(count_rows(wh, f"select count(*) from {SCHEMA}.activation_log where plan_id = ?", [plan_id]))
        started = wh.scalar(f"select started_at from {SCHEMA}.activation_runs where plan_id = ?", [plan_id])
        self._settlement = Settlement(wh, opened, plan_id, as_of, again or started is not None)
        self._unpublished: list[tuple[Parcel, Sent]] = []
        self._unseen = False
        self.unattributed: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()  # values that were left out of a row with an outcome, by `field: code`

    def run(self, held: int) -> None:
        """Sends what has no outcome yet. Raises StopSync when the destination cannot go on (AccountPaused: until when);
        what was settled stays."""
        self._account.check()
        self._pages.rehearse()
        total = self._pages.count()
        if not total:
            return
        target = self._ensured(self._opened.target(self._as_of, held))
        pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what it freed, 45 MB of a delivery
        try:
            with rare_collections():
                self._send_all(target, total)
        finally:
            self._settlement.fold()

    def _ensured(self, target: Target) -> Target:
        try:
            return ensured(self._wh, self._opened.connector, target, self._patience.clock)
        except RetryLater as error:
            if error.after > self._patience.longest_wait:
                raise self._account.pause(error.after, error.what) from None
            raise StopSync(error.what, error.where, "nothing is lost: the next run sends") from None

    def _send_all(self, target: Target, total: int) -> None:
        """`concurrency` parcels are under way at most, while the next one is made ready; each is marked and settled by
        this thread, in order. Where a repeat does no harm, what is known of a parcel is written down while the next one
        is under way; elsewhere before it is marked, so that a kill leaves no more in doubt than was being sent."""
        done = 0
        at_once = self._limits.concurrency
        senders = ThreadPoolExecutor(at_once, thread_name_prefix="heddle-send")
        with senders as pool, closing(self._pages.parcels()) as parcels:
            under_way: deque[tuple[Parcel, Future[Sent]]] = deque()
            self._publish: Callable[[], None] = lambda: pool.submit(self._show, target).result()
            try:
                for parcel in parcels:
                    full = len(under_way) >= at_once
                    if full and not self._goes_on(under_way[0][1]):
                        done += self._settle_first(under_way)
                        full = False
                    self._settlement.mark(parcel.rows, parcel.cycles)
                    under_way.append((parcel, pool.submit(self._call, parcel, target)))
                    if full:
                        done += self._settle_first(under_way)
                    self._tell(done, total)
            except BaseException:
                with suppress(SyncError):  # what stopped the run first is what it says: a pause stays a pause
                    self._settle_rest(under_way)
                raise
            self._settle_rest(under_way)
        self._tell(total, total)

    def _goes_on(self, sending: Future[Sent]) -> bool:
        """Waits for the call; whether the next one need not wait until it is settled."""
        return sending.exception() is None and sending.result().stop is None and self._opened.spec.idempotent

    def _settle_first(self, under_way: "deque[tuple[Parcel, Future[Sent]]]") -> int:
        parcel, sending = under_way.popleft()
        return self._settle(parcel, sending.result())

    def _settle_rest(self, under_way: "deque[tuple[Parcel, Future[Sent]]]") -> None:
        """What is under way comes to its end, also when another parcel stopped the sync; the first error counts."""
        errors: list[SyncError] = []
        while under_way:
            parcel, sending = under_way.popleft()
            try:
                self._settle(parcel, sending.result())
            except SyncError as error:
                errors.append(error)
        try:
            self._write_down()
        except SyncError as error:
            errors.append(error)
        if errors:
            raise errors[0]

    def _call(self, parcel: Parcel, target: Target) -> Sent:
        if not parcel.operations:
            return Sent()
        batch = Batch(target, parcel.operations, more=bool(self._opened.spec.publish_every))
        try:
            return send_patiently(self._opened.connector, batch, self._patience, self._admit, self._slow_down)
        except Exception as error:
            # marks stay: nobody knows how far the connector came
            raise self._failed(error) from None

    def _show(self, target: Target) -> None:
        try:
            self._opened.connector.publish(target)
        except StopSync:
            raise
        except Exception as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> SyncError:
        """Without its text, which may quote a person's data."""
        at = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{self._opened.sync.sync}: the connector failed with {type(error).__name__}"
        return SyncError(said, f"{_short(at.filename)}:{at.lineno}")

    def _admit(self) -> None:
        self._account.call()
        if self._bucket:
            self._bucket.take()

    def _slow_down(self) -> None:
        if self._bucket:
            self._bucket.empty()

    def _settle(self, parcel: Parcel, sent: Sent) -> int:
        """Written down as soon as it can be seen there."""
        self._unpublished.append((replace(parcel, operations=()), sent))
        every = self._opened.spec.publish_every
        if not every or sent.stop or sum(len(waiting.rows) for waiting, _ in self._unpublished) >= every:
            self._write_down()
        return len(parcel.rows)

    def _write_down(self) -> None:
        """Of what could not be shown the marks stay, and also of what was sent meanwhile: it is sent again."""
        waiting, self._unpublished = self._unpublished, []
        if self._unseen:
            return
        if self._opened.spec.publish_every and any(sent.outcomes for _, sent in waiting):
            self._unseen = True
            self._publish()
            self._unseen = False
        for parcel, sent in waiting:
            self._note(parcel, sent)

    def _note(self, parcel: Parcel, sent: Sent) -> None:
        """The outcomes of one parcel, all or nothing. Raises what stopped it."""
        outcomes = {**parcel.preset, **sent.outcomes} if parcel.preset else sent.outcomes
        doubtful = sent.doubtful and self._opened.spec.idempotent and Rejected in kinds_of(sent.outcomes)
        with self._wh.transaction():
            if doubtful:
                self._settlement.doubt(parcel.rows)
            self._settlement.settle(parcel.rows, outcomes)
            if self._opened.spec.receipts and Accepted in kinds_of(outcomes):
                self._remember(parcel, outcomes)
            self._account.save()
        self.unattributed.update(sent.unattributed)
        for op_id, codes in parcel.dropped.items():
            self.dropped.update(codes if op_id in outcomes else ())
        if sent.stop:
            if not (sent.uncertain and self._opened.spec.idempotent):
                self._settlement.unmark(parcel.rows)
            self._stop(sent)

    def _stop(self, sent: Sent) -> None:
        assert sent.stop is not None
        if sent.pause:
            raise self._account.pause(sent.pause, sent.stop.what)
        raise StopSync(
            f"{self._opened.sync.sync}: {sent.stop.what}",
            sent.stop.where or self._opened.connection.where,
            sent.stop.hint,
        )

    def _remember(self, parcel: Parcel, outcomes: Mapping[int, Outcome]) -> None:
        receipts = Counter(o.receipt for o in outcomes.values() if isinstance(o, Accepted))
        action = str(parcel.rows.column("action")[0].as_py())
        remember_receipts(self._wh, self._opened, self._plan_id, action, receipts, self._patience.clock())

    def _tell(self, done: int, total: int) -> None:
        if self._progress:
            self._progress(done, total)


def count_unsent(wh: Warehouse, plan_id: str) -> int:
    """Operations of a plan that may go out and have no outcome yet."""
    return count_rows(wh, f"select count(*) from {SCHEMA}.activation_plan as p where {unsent(wh, plan_id)}")


def outcome_counts(wh: Warehouse, plan_id: str) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by status, and by `status: code` where there is a code; what a receipt came to counts in place of
    `accepted`, and what a person decided in place of `unknown`."""
    log = f"{SCHEMA}.activation_log"
    settled = ""
    if wh.scalar(f"select 1 from {log} where plan_id = ? and status in ('accepted', 'unknown') limit 1", [plan_id]):
        last = "status not in ('accepted', 'unknown') or (status = 'unknown' and l.status = 'accepted')"
        settled = (
            f"and not (status in ('accepted', 'unknown') and op_id in (select op_id from {log} "
            f"where plan_id = {literal(plan_id)} and ({last})))"
        )
    found = wh.query(
        f"select status, code, count(*) as n from {SCHEMA}.activation_outcomes as l where plan_id = ? {settled} "
        "group by 1, 2 order by 1, 2",
        [plan_id],
    )
    statuses: Counter[str] = Counter()
    reasons: dict[str, int] = {}
    for row in found.to_pylist():
        statuses[row["status"]] += row["n"]
        if row["code"]:
            reasons[f"{row['status']}: {row['code']}"] = row["n"]
    return dict(statuses), reasons


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
