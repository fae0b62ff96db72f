"""The contract suite of a vendor's API: against the sandbox, in every class of failure, judged by its description.

A subclass names the vendor, its settings, how row n looks and where the sandbox keeps it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from api_description import ApiDescription, broken
from connector_suite import ConnectorSuite, Failure, surroundings
from hypothesis import given, settings
from hypothesis import strategies as st
from ports import free_port

from activations.contract import Action, Batch, Connector, ObjectSpec, Operation, Target
from activations.outcomes import Accepted, Delivered, Outcome, Rejected
from activations.patience import Patience, send_patiently
from activations.sandbox.vendor_server import VendorSandbox
from heddle.errors import RetryLater, StopSync

PEOPLE = 120


def calm_clock() -> Callable[[], float]:
    """A minute goes by with every call: the suite calls without the engine's pace, and is not about rates."""
    return count(0, 60).__next__


class VendorSuite(ConnectorSuite):
    vendor: ClassVar[str]
    connector_type: ClassVar[type[Connector]]
    config: ClassVar[dict[str, object]] = {}
    secrets: ClassVar[dict[str, str]] = {"TOKEN": "sesame-token", "SECRET": "sesame-secret"}
    description: ClassVar[ApiDescription | None] = None
    failures: ClassVar[tuple[str, ...]] = ("429", "500", "503", "cut", "cut_after", "slow")
    denials: ClassVar[tuple[str, ...]] = ("401", "403")
    counts: ClassVar[bool] = True  # whether the answer says how many rows it is about
    isolates: ClassVar[bool] = True  # whether one refused row among good ones can be told

    def fields(self, n: int) -> dict[str, object]:
        """Row n as the warehouse has it."""
        raise NotImplementedError

    def shelf(self) -> dict[str, dict[str, Any]]:
        """What the sandbox holds of the rows."""
        raise NotImplementedError

    def who(self, n: int) -> str:
        """By what row n is recognised on the shelf, and refused."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def requests_are_judged(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Every request of every test goes through the vendor's description, where there is one."""
        self.sent: list[requests.PreparedRequest] = []
        send = requests.adapters.HTTPAdapter.send

        def noted(adapter: Any, request: requests.PreparedRequest, **more: Any) -> requests.Response:
            self.sent.append(request.copy())
            return send(adapter, request, **more)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noted)
        yield
        if self.description and self._described():
            problems = [problem for call in self.judged() if (problem := self.description.problem(call))]
            assert not problems, problems[:3]

    def judged(self) -> list[requests.Request]:
        assert self.description
        small = [call for call in self.sent if len(call.body or b"") < 100_000]
        found = [self.description.at_host(call, self.vendor) for call in small]
        return [call for call in found if call is not None]

    def _described(self) -> bool:
        try:
            self.description.needed()  # type: ignore[union-attr]
        except pytest.skip.Exception:
            return False
        return True

    @contextmanager
    def destination(self, folder: Path) -> Iterator[object]:
        self.folder = folder
        with VendorSandbox("127.0.0.1", free_port(), clock=calm_clock()) as self.sandbox:
            self.sandbox.slow_seconds = 0.3
            self.prepare()
            yield

    def prepare(self) -> None:
        """What must be at the vendor before the first batch."""

    def make(self, folder: Path, **more: object) -> Connector:
        config = {"base_url": f"{self.sandbox.url}/{self.vendor}", "timeout": 30.0, **self.config, **more}
        model = self.connector_type.Config.model_validate(config)
        return self.connector_type(model, surroundings(folder, self.secrets))

    def target(self) -> Target:
        """With its audience made, as the engine does before the first batch."""
        target = super().target()
        if not self.used_ids:
            self.used_ids.update(self.used.ensure_audience(target))
        return replace(target, ids=self.used_ids)

    def spec(self) -> ObjectSpec:
        return self.connector_type.objects()[self.object]

    def operation(self, n: int, action: Action) -> Operation:
        spec = self.spec()
        given = {name: value for name, value in self.fields(n).items() if value is not None}
        wanted = {name: value for name, value in given.items() if action != "remove" or spec.field(name).identifier}
        values = {name: spec.field(name).prepare(value) for name, value in wanted.items()}
        return Operation(n, action, f"k{n}", values, self.texts(n), self.message_id(n, spec))

    def texts(self, n: int) -> dict[str, str]:
        return {}

    def message_id(self, n: int, spec: ObjectSpec) -> str | None:
        return f"id{n:030d}" if spec.kind == "message" else None

    def held(self, folder: Path) -> set[str]:
        known = {self.who(n): f"k{n}" for n in range(PEOPLE)}
        said = json.dumps(self.shelf(), default=str)
        return {key for who, key in known.items() if f'"{who}"' in said}

    def stops(self) -> list[Failure]:
        dead = f"http://127.0.0.1:{free_port()}/{self.vendor}"
        denied = [self.failing(kind) for kind in self.denials]
        return [*denied, lambda: nullcontext(self.make(self.folder, base_url=dead))]

    def delays(self) -> list[Failure]:
        return [self.slow() if kind == "slow" else self.failing(kind) for kind in self.failures]

    def rejects(self) -> list[tuple[Failure, bool]]:
        return [(self.refusing(1), False)] if self.isolates else []

    def failing(self, kind: str) -> Failure:
        @contextmanager
        def once() -> Iterator[None]:
            self.sandbox.fail(self.vendor, kind, retry_after="0" if kind == "429" else None)  # type: ignore[arg-type]
            yield

        return once

    def slow(self) -> Failure:
        @contextmanager
        def once() -> Iterator[None]:
            client = self.used._client  # type: ignore[attr-defined]
            kept, client._timeout = client._timeout, (1.0, 0.1)
            self.sandbox.fail(self.vendor, "slow")
            yield
            client._timeout = kept

        return once

    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[Connector]:
        with self.destination(tmp_path):
            self.used, self.used_ids = self.make(tmp_path), {}
            self.target()
            yield self.used
            self.used.close()

    def refusing(self, *numbers: int) -> AbstractContextManager[None] | Any:
        @contextmanager
        def refuse() -> Iterator[None]:
            self.sandbox.refuse(self.vendor, self.pattern(*numbers))
            yield
            self.sandbox.refuse(self.vendor, None)

        return refuse

    def pattern(self, *numbers: int) -> str:
        return "|".join(rf'"{re.escape(self.who(n))}"' for n in numbers) or "(?!)"

    def test_whatever_is_refused_in_whatever_order_each_row_gets_its_own_outcome(self, connector: Connector) -> None:
        if not self.isolates:
            pytest.skip("the vendor never says which row it refused")

        @given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), unique_by=itemgetter(0), min_size=1, max_size=9))
        @settings(max_examples=8, deadline=None)
        def holds(rows: list[tuple[int, bool]]) -> None:
            numbers = [n for n, _ in rows]
            # a destination that refuses all rows alike refuses the request, so one of several is always fine
            bad = {n for n, refused in rows if refused} - ({numbers[0]} if len(numbers) > 1 else set())
            self.sandbox.forget(self.vendor)
            self.used_ids.clear()
            self.prepare()
            self.sandbox.refuse(self.vendor, self.pattern(*bad))
            outcomes = self.send(connector, self.batch(*numbers))
            assert {n for n, outcome in outcomes.items() if isinstance(outcome, Rejected)} == bad
            assert all(isinstance(outcome, Delivered) for n, outcome in outcomes.items() if n not in bad)
            assert self.held(self.folder) == {f"k{n}" for n in numbers if n not in bad}

        holds()

    def test_a_full_batch_is_taken_and_one_row_more_is_not(self, connector: Connector) -> None:
        most = self.spec().limits.max_rows
        full = connector.send(self.batch(*range(most)))
        assert settled(full.outcomes)
        try:
            over = connector.send(self.batch(*range(most + 1)))
        except StopSync:
            return
        if most > 1:
            assert all(isinstance(o, Rejected) and o.scope == "batch" for o in over.outcomes.values())

    def test_a_wrong_count_is_no_success(self, connector: Connector) -> None:
        if not self.counts:
            return
        self.send(connector, self.batch(0, 1))
        self.sandbox.fail(self.vendor, "wrong_count")
        with pytest.raises((StopSync, RetryLater), match="account"):
            connector.send(self.batch(0, 1))

    def test_retry_after_is_read(self, connector: Connector) -> None:
        self.sandbox.fail(self.vendor, "429", retry_after="7")
        with pytest.raises(RetryLater) as caught:
            connector.send(self.batch(0))
        assert caught.value.after == 7

    def test_a_destination_that_goes_on_failing_stops_the_sync_with_nothing_lost(self, connector: Connector) -> None:
        self.sandbox.fail(self.vendor, "503", times=9)
        sent = send_patiently(connector, self.batch(0, 1), Patience(sleep=lambda seconds: None))
        assert sent.stop and sent.outcomes == {} and "mail.example" not in str(sent.stop)

    def test_secrets_are_neither_shown_nor_sent_in_an_address(self, connector: Connector) -> None:
        self.send(connector, self.batch(0))
        assert "sesame" not in connector.preview(self.batch(0))
        assert not [call.url for call in self.sent if "sesame" in str(call.url)]

    def test_check_tells_good_credentials_from_bad_ones(self, connector: Connector) -> None:
        connector.check()
        self.sandbox.fail(self.vendor, "401")  # type: ignore[arg-type]
        with pytest.raises(StopSync):
            connector.check()

    def test_the_description_notices_a_broken_request(self, connector: Connector) -> None:
        """Validators skip silently: of each operation that is used, some broken body must be objected to."""
        if not self.description:
            pytest.skip("the vendor publishes no description that requests could be judged by")
        self.description.needed()
        for action in self.actions:
            self.send(connector, self.batch(0, 1, action=action))
        calls = {(call.method, _shape(str(call.url))): call for call in self.judged() if _has_parts(call)}
        assert calls
        for (method, path), call in calls.items():
            for other in _broken_bodies(call):
                if self.description.problem(other):
                    break
            else:
                raise AssertionError(f"nothing is wrong with any broken body of {method} {path}")


def settled(outcomes: Mapping[int, Outcome]) -> bool:
    return all(isinstance(outcome, Delivered | Accepted) for outcome in outcomes.values())


def batch_of(suite: ConnectorSuite, *operations: Operation) -> Batch:
    return Batch(suite.target(), tuple(operations))


def _shape(url: str) -> str:
    return re.sub(r"[0-9a-f]{6,}|\d+", "*", url.partition("?")[0])


def _has_parts(call: requests.Request) -> bool:
    """A body that can be broken in some place; a CSV is one text to a description."""
    return bool(call.data) and "csv" not in str(call.headers.get("Content-Type", ""))


def _broken_bodies(call: requests.Request) -> Iterator[requests.Request]:
    kind = str(call.headers.get("Content-Type", ""))
    text = call.data.decode() if isinstance(call.data, bytes) else str(call.data)
    if "json" in kind:
        bodies = [json.dumps(body) for body in broken(json.loads(text))] + ["7"]
    else:
        bodies = [re.sub(rf"(^|&){re.escape(name)}=[^&]*", "", text) for name in re.findall(r"(?:^|&)(\w+)=", text)]
    for body in bodies:
        yield requests.Request(call.method, call.url, headers=call.headers, data=body)
