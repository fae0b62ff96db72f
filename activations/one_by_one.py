"""Class G: one call per row; for messages, none that is repeated when nobody knows whether it arrived."""

from collections.abc import Callable, Collection

import requests

from activations.batch import Batch, BatchResult, Operation
from activations.client import Unanswered, Unreachable
from activations.http_connector import Call, HttpConnector
from activations.outcomes import Outcome, Rejected, Unknown
from heddle.errors import RetryLater, StopSync


def send_one_by_one(
    connector: HttpConnector,
    batch: Batch,
    call: Callable[[Operation], Call],
    outcome: Callable[[requests.Response], Outcome],
    about_a_row: Collection[int] = (400, 404, 422),
    repeatable: bool = False,
    nobody: Outcome | None = None,
) -> BatchResult:
    """One call per operation. `outcome` reads a 2xx answer, and those of `about_a_row`.

    A call that may have arrived is Unknown, unless it is `repeatable`; behind it, and behind an answer that is about
    the destination, nothing more is sent: those rows count as not attempted. `nobody` is the outcome of a row at whose
    address nobody is, where each has an address of its own. Raises StopSync or RetryLater when that is the first.
    """
    outcomes: list[Outcome] = []
    for operation in batch.operations:
        try:
            found = _read(connector.ask(call(operation), reads=about_a_row), outcome, repeatable)
            doubtful = isinstance(found, Unknown)
        except (StopSync, RetryLater) as error:
            if nobody and isinstance(error, Unreachable):
                outcomes.append(nobody)
                continue
            doubtful = isinstance(error, Unanswered) and not repeatable
            if not doubtful and not outcomes:
                raise
            if not doubtful:
                return _rest(batch, outcomes, error.what)
            found = Unknown(error.what)
        outcomes.append(found)
        if doubtful:
            return _rest(batch, outcomes, "the call before it had no certain answer")
    return BatchResult.in_order(batch, outcomes)


def _read(answer: requests.Response, outcome: Callable[[requests.Response], Outcome], repeatable: bool) -> Outcome:
    """A 2xx of another shape than expected was taken, perhaps: it says nothing about the rows before it and behind."""
    try:
        return outcome(answer)
    except (LookupError, TypeError, AttributeError):
        if repeatable or not answer.ok:
            raise
        return Unknown("the answer cannot be read")


def _rest(batch: Batch, outcomes: list[Outcome], why: str) -> BatchResult:
    unsent = Rejected("not_sent", why, retryable=True, scope="destination")
    return BatchResult.in_order(batch, outcomes + [unsent] * (len(batch.operations) - len(outcomes)))
