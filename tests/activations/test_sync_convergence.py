"""For any sequence of desired states the destination ends as desired, and planning again is empty."""

import random
import tempfile
from pathlib import Path

import pytest
from fake_destination import FakeConnector, held
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sync_workspace import RECORDS, Workspace

from activations.outcomes import Outcome, Rejected

STATES = st.lists(
    st.dictionaries(st.integers(0, 9), st.sampled_from(["A", "B", None]), min_size=1, max_size=10),
    min_size=1,
    max_size=4,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=STATES)
def test_plan_then_apply_gives_the_desired_state(states: list[dict[int, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder)).opened() as workspace:
        sync = workspace.sync(RECORDS)
        for state in states:
            workspace.source([(f"p{n}", "", f"p{n}@x.example", name) for n, name in state.items()])
            workspace.run(sync)
            seen = {key: row["name"] for key, row in held(workspace.settings.outbox).items()}
            assert seen == {f"p{n}": name for n, name in state.items()}
            assert workspace.plan(sync).operations == 0


def test_a_third_of_random_failures_still_converges(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS + "retry: {attempts: 20, first_after: 1 minute}\n")
    workspace.people(30)
    dice = random.Random(7)

    def decide(batch: object, index: int) -> Outcome | None:
        return Rejected("busy", "later", retryable=True) if dice.random() < 0.3 else None

    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    for _ in range(12):
        workspace.run(sync)
        workspace.later(60 * 24 * 365)
    assert len(held(workspace.settings.outbox)) == 30 and workspace.plan(sync).operations == 0
