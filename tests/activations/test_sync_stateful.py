"""From any previous state, with rows refused and runs stopped on the way: a plan that is applied gives the desired
state, and planning again is empty."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from stateful_destination import StatefulConnector, read
from sync_workspace import IMPATIENT, RECORDS, Workspace

from activations.contract import Operation
from activations.outcomes import Outcome, Rejected
from activations.registry import CONNECTORS
from heddle.errors import RetryLater, StopSync

RETRIED = RECORDS.replace("fake", "stateful").replace("object: record", "object: audience")
RETRIED += "retry: {attempts: 20, first_after: 1 minute}\n"
PEOPLE, ADDRESSES = st.integers(0, 5), st.integers(0, 8)


class Audience(RuleBasedStateMachine):
    """People come, change, swap addresses and leave; the destination refuses rows and falls over."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.workspace = self.stack.enter_context(Workspace(Path(folder)).opened())
        self.workspace.write("destinations.yml", "stateful: {type: stateful}\n")
        self.sync = self.workspace.sync(RETRIED)
        self.people: dict[int, tuple[int, str]] = {0: (0, "A")}
        self.settled = False
        self._source()

    def teardown(self) -> None:
        self.stack.close()

    def _source(self) -> None:
        rows = [(f"p{n}", "", f"a{at}@x.example", name) for n, (at, name) in self.people.items()]
        self.workspace.source(rows)
        self.settled = False

    @rule(n=PEOPLE, address=ADDRESSES, name=st.sampled_from("AB"))
    def comes_or_changes(self, n: int, address: int, name: str) -> None:
        taken = {at for other, (at, _) in self.people.items() if other != n}
        self.people[n] = (address, name) if address not in taken else (100 + n, name)
        self._source()

    @precondition(lambda self: len(self.people) > 1)
    @rule(data=st.data())
    def leaves(self, data: st.DataObject) -> None:
        del self.people[data.draw(st.sampled_from(sorted(self.people)))]
        self._source()

    @precondition(lambda self: len(self.people) > 1)
    @rule(data=st.data())
    def swap_addresses(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(sorted(self.people)))[:2]
        (at_one, name_one), (at_other, name_other) = self.people[one], self.people[other]
        self.people |= {one: (at_other, name_one), other: (at_one, name_other)}
        self._source()

    @rule(refused=st.sets(ADDRESSES, max_size=4))
    def a_run_with_refusals(self, refused: set[int]) -> None:
        def refuse(operation: Operation) -> Outcome | None:
            bad = {f"a{at}@x.example" for at in refused}
            return Rejected("busy", "later", retryable=True) if operation.fields["email"] in bad else None

        StatefulConnector.refuse = staticmethod(refuse)  # type: ignore[method-assign]
        self._run()

    @rule(after=st.integers(0, 8))
    def a_run_that_is_stopped(self, after: int) -> None:
        left = iter(range(after))

        def tick() -> None:
            if next(left, None) is None:
                raise RetryLater("nobody answers", 0, "stateful")  # perhaps in the middle of a batch

        StatefulConnector.tick = staticmethod(tick)
        try:
            self._run()
        except StopSync:
            pass
        finally:
            StatefulConnector.tick = staticmethod(lambda: None)

    @rule()
    def a_run(self) -> None:
        for _ in range(2):  # what was refused goes out again after its back-off
            self.workspace.later(60 * 24 * 30)
            self._run()
        self.settled = True

    @invariant()
    def it_holds_what_was_desired(self) -> None:
        if not self.settled:
            return
        wanted = {f"a{at}@x.example": name for at, name in self.people.values()}
        assert read(self.workspace.settings.outbox / "stateful.json")["rows"] == wanted
        assert self.workspace.plan(self.sync).operations == 0

    def _run(self) -> None:
        try:
            self.workspace.run(self.sync, IMPATIENT)
        finally:
            StatefulConnector.refuse = staticmethod(lambda operation: None)  # type: ignore[method-assign]


def test_any_previous_state_becomes_the_desired_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONNECTORS, "stateful", StatefulConnector)
    monkeypatch.setattr(StatefulConnector, "tick", staticmethod(lambda: None))
    monkeypatch.setattr(StatefulConnector, "refuse", staticmethod(lambda operation: None))
    few = settings(max_examples=10, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Audience, settings=few)  # type: ignore[no-untyped-call]
