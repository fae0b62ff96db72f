"""What is owed where a message is sent once and a call cannot be repeated (class G)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from connector_suite import Failure
from vendor_suite import VendorSuite

from activations.contract import Action, Connector
from activations.outcomes import Delivered, Rejected, Unknown
from activations.patience import Patience, send_patiently
from activations.sandbox.vendor import Answer


class MessageSuite(VendorSuite):
    actions: tuple[Action, ...] = ("add",)
    failures: ClassVar[tuple[str, ...]] = ("429", "503")
    counts: ClassVar[bool] = False
    messages: ClassVar[str] = "messages"
    suppresses: ClassVar[bool] = False
    bodiless: ClassVar[bool] = False

    def shelf(self) -> dict[str, dict[str, Any]]:
        return dict(self.sandbox.held(self.vendor, self.messages))  # type: ignore[arg-type]

    @pytest.mark.parametrize(("failure", "arrived"), [("cut", 0), ("cut_after", 1), ("500", 0), ("502", 0)])
    def test_a_call_that_may_have_arrived_is_unknown_and_is_not_repeated(
        self, connector: Connector, failure: str, arrived: int
    ) -> None:
        self.sandbox.fail(self.vendor, failure)  # type: ignore[arg-type]
        sent = send_patiently(connector, self.batch(0, 1, 2), Patience(sleep=lambda seconds: None))
        assert sent.stop is None and isinstance(sent.outcomes[0], Unknown)
        assert isinstance(sent.outcomes[1], Delivered) and isinstance(sent.outcomes[2], Delivered)
        assert len(self.shelf()) == 2 + arrived

    @pytest.mark.parametrize("garbled", ["<html>taken</html>", "[]"])
    def test_a_2xx_that_cannot_be_read_is_unknown_and_is_not_repeated(self, connector: Connector, garbled: str) -> None:
        with self.first_answer(lambda said: replace(said, body=garbled, headers=())):
            sent = send_patiently(connector, self.batch(0, 1, 2), Patience(sleep=lambda seconds: None))
        # one that reads no body has its answer in the status
        assert sent.stop is None and isinstance(sent.outcomes[0], Delivered if self.bodiless else Unknown)
        assert isinstance(sent.outcomes[1], Delivered) and isinstance(sent.outcomes[2], Delivered)
        assert len(self.shelf()) == self.sandbox.calls[self.vendor] == 3

    def test_an_answer_that_breaks_off_is_unknown_and_is_not_repeated(self, connector: Connector) -> None:
        broken = (("Transfer-Encoding", "chunked"), ("Connection", "close"))
        with self.first_answer(lambda said: replace(said, body="no chunk", headers=broken)):
            sent = send_patiently(connector, self.batch(0, 1), Patience(sleep=lambda seconds: None))
        assert sent.stop is None and isinstance(sent.outcomes[0], Unknown) and isinstance(sent.outcomes[1], Delivered)
        assert len(self.shelf()) == 2

    @contextmanager
    def first_answer(self, changed: Callable[[Answer], Answer]) -> Iterator[None]:
        """The first call is carried out, and answered with something else."""
        vendor = self.sandbox.vendors[self.vendor]
        answer = vendor.answer

        def once(request: Any) -> Answer:
            vendor.answer = answer  # type: ignore[method-assign]
            return changed(answer(request))

        vendor.answer = once  # type: ignore[method-assign]
        yield

    def test_what_is_behind_a_refusal_of_the_destination_is_not_attempted(self, connector: Connector) -> None:
        first = connector.send(self.batch(0))
        assert set(map(type, first.outcomes.values())) == {Delivered}
        with self.second_fails():
            result = connector.send(self.batch(1, 2, 3))
        scopes = [getattr(outcome, "scope", "sent") for outcome in result.outcomes.values()]
        assert scopes == ["sent", "destination", "destination"]

    @contextmanager
    def second_fails(self) -> Any:
        vendor = self.sandbox.vendors[self.vendor]
        answer = vendor.answer

        def once(request: Any) -> Any:
            said = answer(request)
            vendor.answer = answer  # type: ignore[method-assign]
            self.sandbox.fail(self.vendor, "401")
            return said

        vendor.answer = once  # type: ignore[method-assign]
        yield

    def test_who_opted_out_is_suppressed(self, connector: Connector) -> None:
        with self.refusing(1)():
            outcome = self.send(connector, self.batch(0, 1))[1]
        assert isinstance(outcome, Rejected) and outcome.suppress == self.suppresses

    def test_a_full_batch_is_taken_and_one_row_more_is_not(self, connector: Connector) -> None:
        """The limit of a batch is ours here: a call carries one message."""
        most = self.spec().limits.max_rows
        assert not self.spec().idempotent and most <= 100
        assert set(map(type, self.send(connector, self.batch(*range(most))).values())) == {Delivered}

    def delays(self) -> list[Failure]:
        return [self.failing(kind) for kind in self.failures]
