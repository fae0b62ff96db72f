"""The services behind one connection (web push): what one of them does touches its own rows only.

A service that asks for patience, or gives no certain answer, gets a second chance within the run; then its rows wait
for the next one. A service that refuses our key says nothing of a row unless it took another row signed with it: until
then it is the key that is wrong, for all services where none took anything, else for this one.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from activations.batch import Batch, BatchResult, Operation
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync

KEY_REFUSED = "key_mismatch"
_CHANCES = 2
_LONG = 60.0  # seconds that nobody waits for one service while others can be sent to
_KEY = "key_env must be the private half of the key that the subscriptions were made with; nothing is lost"


class PushServices:
    """Remembers, for one run, which services took a row and which failed."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._taking: set[str] = set()

    def send(
        self, batch: Batch, service_of: Callable[[Operation], str], send: Callable[[Batch], BatchResult]
    ) -> BatchResult:
        """`send` takes the rows of one service. Raises what it raises when no row of the batch has an outcome and
        waiting may help, StopSync where the key is refused by all."""
        outcomes: dict[int, Outcome] = {}
        errors: list[StopSync | RetryLater] = []
        services: dict[str, list[Operation]] = {}
        for operation in batch.operations:
            services.setdefault(service_of(operation), []).append(operation)
        for service, rows in services.items():
            if self._failures[service] >= _CHANCES:
                outcomes |= _waiting(rows, "it failed before in this run")
                continue
            try:
                found = dict(send(batch.part(rows)).outcomes)
            except (StopSync, RetryLater) as error:
                errors.append(error)
                long = isinstance(error, RetryLater) and error.after > _LONG
                self._failures[service] += _CHANCES if long else 1
                found = _unsent(rows, error.what)
            else:
                self._note(service, found)
            outcomes |= found
        for service, rows in services.items():
            outcomes |= {row.op_id: self._judged(service, outcomes[row.op_id]) for row in rows}
        if all(map(_is_unsent, outcomes.values())):
            patient = [error for error in errors if isinstance(error, RetryLater)]
            raise next(iter(patient or errors), _wrong_key(outcomes))
        return BatchResult(batch, outcomes)

    def _note(self, service: str, found: dict[int, Outcome]) -> None:
        taken = any(isinstance(outcome, Delivered) for outcome in found.values())
        if taken:
            self._taking.add(service)
        if any(map(_is_unsent, found.values())):
            self._failures[service] += 1
        elif taken:
            del self._failures[service]

    def _judged(self, service: str, outcome: Outcome) -> Outcome:
        """Once all services were asked."""
        if not isinstance(outcome, Rejected):
            return outcome
        if outcome.code == KEY_REFUSED:
            if service in self._taking:
                return replace(outcome, scope="row")
            if self._taking:
                return replace(outcome, scope="row", retryable=True)
            return replace(outcome, scope="destination")
        if outcome.scope == "destination" and self._failures[service] >= _CHANCES:
            return _unavailable(outcome.message)
        return outcome


def _unsent(rows: list[Operation], why: str) -> dict[int, Outcome]:
    return {row.op_id: Rejected("not_sent", why, retryable=True, scope="destination") for row in rows}


def _waiting(rows: list[Operation], why: str) -> dict[int, Outcome]:
    return {row.op_id: _unavailable(why) for row in rows}


def _unavailable(why: str) -> Rejected:
    return Rejected("service_unavailable", why, retryable=True)


def _is_unsent(outcome: Outcome) -> bool:
    return isinstance(outcome, Rejected) and outcome.scope == "destination"


def _wrong_key(outcomes: dict[int, Outcome]) -> StopSync:
    said = next((outcome.message for outcome in outcomes.values() if isinstance(outcome, Rejected)), "")
    return StopSync(f"the push services refuse our key: {said}", hint=_KEY)
