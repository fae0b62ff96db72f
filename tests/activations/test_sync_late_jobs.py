"""Jobs that a destination does late and in its own order: whoever left stays out, whoever is wanted is there.

HEDDLE_TEST_EXAMPLES sets how many histories are tried per kind of object (5 by default).
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from late_destination import LateConnector, complete, forget, waiting
from sync_workspace import RECORDS, Workspace

from activations import RunResult, poll_sync, waiting_deliveries
from activations.registry import CONNECTORS
from heddle.errors import StopSync

LATE = RECORDS.replace("fake", "late").replace("object: record", "object: adds_late")
CONSENTED = LATE.replace("purpose: operational", "purpose: marketing\nchannel: email")
PEOPLE, ADDRESSES = st.integers(0, 3), st.integers(0, 4)


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONNECTORS, "late", LateConnector)
    forget()


@pytest.fixture
def consented(workspace: Workspace) -> Workspace:
    workspace.write("destinations.yml", "late: {type: late}\n")
    workspace.people(2)
    for n in range(2):
        workspace.reachable(f"p{n}", f"p{n}@mail.example")
    return workspace


def withdraw(workspace: Workspace, who: str) -> None:
    workspace.wh.execute(
        "update profiles.profile_reachability set is_reachable = false, reason = 'withdrawn' where profile_id = ?",
        [who],
    )


@pytest.mark.parametrize("kind", ["adds_late", "all_late"])
def test_an_add_that_is_done_after_its_removal_is_removed_once_more(consented: Workspace, kind: str) -> None:
    sync = consented.sync(CONSENTED.replace("adds_late", kind))
    assert consented.run(sync).outcomes == {"accepted": 2}
    withdraw(consented, "p0")
    assert consented.run(sync).planned["remove"] == {"withdrawn": 1}
    for receipt in reversed(waiting()):  # the removal first, where it is a job, then the add
        complete(receipt)
    assert "p0@mail.example" in LateConnector.rows
    assert waiting_deliveries(consented.wh, consented.as_of) == 0
    poll_sync(consented.wh, consented.settings, sync, consented.as_of)
    assert waiting_deliveries(consented.wh, consented.as_of) == 1, "the next run has something to do"
    again = consented.run(sync)
    assert again.planned["remove"] == {"overtaken": 1}
    for receipt in waiting():
        complete(receipt)
    assert set(LateConnector.rows) == {"p1@mail.example"}
    consented.run(sync)
    assert consented.plan(sync).operations == 0
    assert consented.value("select count(*) from activations.activation_ledger where held") == 1


def test_the_removal_is_repeated_also_when_the_guard_blocks(consented: Workspace) -> None:
    sync = consented.sync(CONSENTED.replace("{max_removed: 100%}", "{max_removed: 10%}"))
    consented.run(sync)
    withdraw(consented, "p0")
    consented.run(sync)
    complete(waiting()[0])
    consented.source([("p0", "", "p0@mail.example", "A")])  # p1 leaves, which is more than the guard allows
    result = consented.run(sync)
    assert result.status == "blocked" and result.outcomes == {"delivered": 1}
    assert set(LateConnector.rows) == {"p1@mail.example"}


def test_a_stopped_run_does_not_forget_that_the_add_came_later(
    consented: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The removal went out in a run that stopped behind it: resuming folds its log once more."""
    sync = consented.sync(CONSENTED)
    consented.run(sync)
    withdraw(consented, "p0")
    withdraw(consented, "p1")
    parts = iter([True])

    def first_row_only(self: LateConnector, batch: object) -> object:
        if not next(parts, False):
            raise StopSync("nobody answers")
        return send(self, batch)  # type: ignore[arg-type]

    send, objects = LateConnector.send, LateConnector.objects()
    single = {name: spec.__class__(**{**spec.__dict__, "limits": spec.limits.__class__(max_rows=1)})
              for name, spec in objects.items()}  # fmt: skip
    with monkeypatch.context() as patched:
        patched.setattr(LateConnector, "objects", classmethod(lambda cls: single))
        patched.setattr(LateConnector, "send", first_row_only)
        with pytest.raises(StopSync):
            consented.run(sync)
    complete(waiting()[0])
    for _ in range(3):
        consented.run(sync)
    assert LateConnector.rows == {} and consented.plan(sync).operations == 0


class LateAudience(RuleBasedStateMachine):
    """People come, change, swap addresses and leave while jobs are under way, which end in any order."""

    kind = "adds_late"

    def __init__(self) -> None:
        super().__init__()
        forget()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.workspace = self.stack.enter_context(Workspace(Path(folder)).opened())
        self.workspace.write("destinations.yml", "late: {type: late}\n")
        self.sync = self.workspace.sync(LATE.replace("adds_late", self.kind))
        self.people: dict[int, tuple[int, str]] = {0: (0, "A")}
        self._source()

    def teardown(self) -> None:
        self.stack.close()

    def _source(self) -> None:
        self.workspace.source([(f"p{n}", "", f"a{at}@x.example", name) for n, (at, name) in self.people.items()])

    def _run(self) -> RunResult:
        self.workspace.later(60 * 24 * 8)
        return self.workspace.run(self.sync)

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
    def hands_the_address_on(self, data: st.DataObject) -> None:
        one, other = data.draw(st.permutations(sorted(self.people)))[:2]
        self.people[other] = self.people.pop(one)
        self._source()

    @rule()
    def a_run(self) -> None:
        self._run()

    @precondition(lambda self: waiting())
    @rule(data=st.data())
    def a_job_is_done(self, data: st.DataObject) -> None:
        complete(data.draw(st.sampled_from(waiting())))

    @rule(data=st.data())
    def it_becomes_quiet(self, data: st.DataObject) -> None:
        for _ in range(12):
            self._run()
            for receipt in data.draw(st.permutations(waiting())):
                complete(receipt)
            if not waiting() and not self._run().planned.keys() & {"add", "change", "remove", "pending"}:
                break
        assert LateConnector.rows == {f"a{at}@x.example": name for at, name in self.people.values()}
        assert self.workspace.plan(self.sync).operations == 0


@pytest.mark.parametrize("kind", ["adds_late", "all_late"])
def test_whatever_the_order_the_destination_ends_as_desired(kind: str) -> None:
    examples = int(os.environ.get("HEDDLE_TEST_EXAMPLES", "5"))
    few = settings(
        max_examples=examples, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine = type("Machine", (LateAudience,), {"kind": kind})
    run_state_machine_as_test(machine, settings=few)  # type: ignore[no-untyped-call]
