"""One batch against one destination: waiting when asked to, halving a batch that is refused for one row."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from activations.alike import kinds_of
from activations.client import Unanswered
from activations.contract import Batch, Connector, Operation
from activations.outcomes import Outcome, Rejected, Unknown
from heddle.errors import RetryLater, StopSync


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Patience:
    """How long a run waits for a destination before it leaves the rest to the next run. Seconds. `clock` is the
    machine's time as naive UTC: pauses, quotas and receipts go by it."""

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = _utc_now

    def wait(self, attempt: int, asked: float) -> bool:
        """Waits before the next attempt; False when that would be too many, or too long."""
        seconds = max(asked, self.first_wait * 2**attempt)
        if attempt + 1 >= self.attempts or seconds > self.longest_wait:
            return False
        self.sleep(seconds)
        return True


@dataclass
class Sent:
    """Outcomes by op_id. With `stop`, operations without an outcome were not sent, or (`uncertain`) may have been;
    `pause` is for how many seconds nothing should be sent to the account at all. `doubtful`: the answer to an earlier
    call was lost."""

    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    stop: StopSync | None = None
    uncertain: bool = False
    pause: float = 0
    doubtful: bool = False
    unattributed: Counter[str] = field(default_factory=Counter)

    def take(self, outcomes: Mapping[int, Outcome]) -> None:
        """These as well."""
        self.outcomes = {**self.outcomes, **outcomes} if self.outcomes else outcomes


def _nothing() -> None:
    return


def send_patiently(
    connector: Connector,
    batch: Batch,
    patience: Patience,
    admit: Callable[[], None] = _nothing,
    slow_down: Callable[[], None] = _nothing,
) -> Sent:
    """Sends until every operation has an outcome or the destination gives up. `admit` paces each call (RetryLater: not
    now); `slow_down` is told when the destination asks for patience.

    A batch that was halved down to its rows, each of them refused with the same code, says nothing about the rows: the
    destination refuses the request as such, and the sync stops instead of putting everybody in quarantine.
    """
    sent = Sent()
    waiting = [batch]
    while waiting and sent.stop is None:
        part = waiting.pop()
        refused = _deliver(connector, part, patience, admit, slow_down, sent)
        middle = (len(refused) + 1) // 2
        waiting += [part.part(half) for half in (refused[middle:], refused[:middle]) if half]
    if refusal := _refused_alike(sent, batch):
        return Sent(stop=refusal)
    return sent


def _deliver(
    connector: Connector,
    batch: Batch,
    patience: Patience,
    admit: Callable[[], None],
    slow_down: Callable[[], None],
    sent: Sent,
) -> list[Operation]:
    """Notes the outcomes of one batch; returns the operations that were refused only for the company they kept."""
    attempt, part, called, doubtful = 0, batch, False, False
    refused: list[Operation] = []
    while True:
        try:
            admit()
            called = True
            result = connector.send(part)
        except RetryLater as error:
            slow_down()
            doubtful = called
            sent.doubtful |= isinstance(error, Unanswered)
            if isinstance(error, Unanswered) and not connector.objects()[part.target.object].idempotent:
                sent.take(dict.fromkeys(part.op_ids, Unknown(error.what)))
                sent.stop = StopSync(error.what, error.where, _IN_DOUBT)
                return refused
            if patience.wait(attempt, error.after):
                attempt += 1
                continue
            sent.stop, sent.uncertain = _gave_up(error), called
            sent.pause = error.after if error.after > patience.longest_wait else 0
            return refused
        except StopSync as error:
            sent.stop, sent.uncertain = error, doubtful  # nothing of this call arrived; of one before it perhaps
            return refused
        sent.unattributed.update(result.unattributed)
        unsent = _sort(part, result.outcomes, sent, refused)
        if not unsent:
            return refused
        if not patience.wait(attempt, 0):
            sent.stop = _unserved(result.outcomes[unsent[0].op_id])
            return refused
        attempt, part = attempt + 1, part.part(unsent)


def _sort(batch: Batch, outcomes: Mapping[int, Outcome], sent: Sent, refused: list[Operation]) -> list[Operation]:
    """Final outcomes into `sent`, refused companions into `refused`; returns what the destination did not take up."""
    if Rejected not in kinds_of(outcomes):
        sent.take(outcomes)
        return []
    unsent: list[Operation] = []
    final: dict[int, Outcome] = {}
    for operation in batch.operations:
        outcome = outcomes[operation.op_id]
        scope = outcome.scope if isinstance(outcome, Rejected) else "row"
        if scope == "destination":
            unsent.append(operation)
            continue
        if scope == "batch" and len(batch.operations) > 1:
            refused.append(operation)
            continue
        final[operation.op_id] = outcome
    sent.take(final)
    return unsent


def _refused_alike(sent: Sent, batch: Batch) -> StopSync | None:
    if Rejected not in kinds_of(sent.outcomes):
        return None
    refused = [outcome for outcome in sent.outcomes.values() if isinstance(outcome, Rejected)]
    every = 1 < len(batch.operations) == len(refused) and all(outcome.scope == "batch" for outcome in refused)
    if not every or len({outcome.code for outcome in refused}) > 1:
        return None
    said = f"{refused[0].code}: {refused[0].message}"
    return StopSync(
        f"the destination refuses each of {len(refused)} rows alike: {said}",
        hint="compare the fields and options of the sync with what the destination expects; nothing is lost",
    )


def _gave_up(error: RetryLater) -> StopSync:
    return StopSync(f"{error.what}; it still does after waiting", error.where, error.hint or _NOTHING_LOST)


def _unserved(outcome: Outcome) -> StopSync:
    said = f"{outcome.code}: {outcome.message}" if isinstance(outcome, Rejected) else "no reason given"
    return StopSync(f"the destination stopped taking rows: {said}", hint=_NOTHING_LOST)


_IN_DOUBT = "what was under way is unknown and is not repeated: heddle sync rows shows it"
_NOTHING_LOST = "nothing is lost: the next run sends what is left"
