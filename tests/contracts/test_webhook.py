import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import requests
from connector_suite import AS_OF, ConnectorSuite, Failure, surroundings
from hypothesis import given
from hypothesis import strategies as st
from ports import free_port
from pydantic import ValidationError
from said import said

from activations.connectors.webhook import AudienceOptions, WebhookConfig, WebhookConnector
from activations.contract import Action, Batch, Connector, Operation, Options, Target
from activations.json_shape import shaped
from activations.outcomes import Delivered, Rejected, Skipped
from activations.patience import Patience, send_patiently
from activations.sandbox import WebhookSandbox
from heddle.errors import RetryLater, StopSync


class TestWebhook(ConnectorSuite):
    object = "audience"

    def destination(self, folder: Path) -> AbstractContextManager[object]:
        self.port, self.folder = free_port(), folder
        self.sandbox = WebhookSandbox("127.0.0.1", self.port, folder / "webhook", token="sesame")
        return self.sandbox

    def make(self, folder: Path, **more: object) -> Connector:
        url = f"http://127.0.0.1:{self.port}/audiences/{{audience}}"
        config = WebhookConfig.model_validate({"url": url, "token_env": "TOKEN", **more})
        self.made = WebhookConnector(config, surroundings(folder, {"TOKEN": "sesame"}))
        return self.made

    def options(self) -> Options:
        return AudienceOptions()

    def operation(self, n: int, action: Action) -> Operation:
        return Operation(n, action, f"k{n}", {"email": f"person{n}@mail.example", "n": n})

    def held(self, folder: Path) -> set[str]:
        return set(self.sandbox.audiences.get("a list", {}))

    def stops(self) -> list[Failure]:
        dead = f"http://127.0.0.1:{free_port()}/audiences/x"
        return [self.failing("401"), lambda: nullcontext(self.make(self.folder, url=dead))]

    def delays(self) -> list[Failure]:
        return [self.failing(kind) for kind in ("429", "500", "cut", "cut_after")] + [self.slow]

    def rejects(self) -> list[tuple[Failure, bool]]:
        return [(self.refusing("rows"), False), (self.refusing("index"), True), (self.refusing("batch"), False)]

    def failing(self, kind: str) -> Failure:
        @contextmanager
        def once() -> Iterator[None]:
            self.sandbox.fail(kind)  # type: ignore[arg-type]
            yield

        return once

    @contextmanager
    def slow(self) -> Iterator[None]:
        """The connector waits shorter than the destination thinks; all other tests give it the time it wants."""
        client = self.made._client
        kept, client._timeout = client._timeout, (1.0, 0.5)
        self.sandbox.fail("slow")
        yield
        client._timeout = kept

    def refusing(self, style: str) -> Failure:
        @contextmanager
        def refuse() -> Iterator[None]:
            self.sandbox.style, self.sandbox.retryable = style, style == "index"  # type: ignore[assignment]
            self.sandbox.reject = re.compile("person1@")
            yield
            self.sandbox.reject = None

        return refuse

    def test_an_answer_for_more_rows_than_were_sent_is_no_success(self, connector: Connector) -> None:
        self.sandbox.fail("wrong_count")
        with pytest.raises(StopSync, match="does not account"):
            connector.send(self.batch(0, 1))

    def test_a_repeat_after_a_cut_connection_changes_nothing(self, connector: Connector) -> None:
        self.sandbox.fail("cut_after")
        self.send(connector, self.batch(0, 1))
        assert self.sandbox.repeats == 1

    def test_retry_after_is_read(self, connector: Connector) -> None:
        self.sandbox.fail("429")
        self.sandbox.retry_after = "7"
        with pytest.raises(RetryLater) as caught:
            connector.send(self.batch(0))
        assert caught.value.after == 7

    def test_update_only_skips_who_is_not_there(self, connector: Connector) -> None:
        self.send(connector, self.batch(0))
        target = Target("s", "audience", "a list", "update_only", "remove", "ads", AS_OF, (), AudienceOptions())
        result = connector.send(Batch(target, (self.operation(0, "add"), self.operation(1, "add"))))
        assert list(result.outcomes.values()) == [Delivered(), Skipped("not_found")]

    def test_audiences_are_read_back_also_after_a_restart(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.batch(0, 1))
        other = free_port()
        with (
            WebhookSandbox("127.0.0.1", other, tmp_path / "webhook"),
            urllib.request.urlopen(f"http://127.0.0.1:{other}/audiences/a%20list", timeout=60) as answer,
        ):
            assert json.load(answer)["size"] == 2

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            *((status, RetryLater) for status in (408, 425, 429, 503)),
            *((status, StopSync) for status in (401, 402, 403, 404, 406, 407, 409, 415)),
        ],
    )
    def test_an_answer_that_is_about_no_row_rejects_no_row(
        self, connector: Connector, monkeypatch: pytest.MonkeyPatch, status: int, error: type[Exception]
    ) -> None:
        answer = requests.Response()
        answer.status_code = status
        answer._content = b"no"
        monkeypatch.setattr(requests.Session, "request", lambda *_, **__: answer)
        with pytest.raises(error):
            connector.send(self.batch(0, 1))

    def test_a_batch_whose_rows_are_all_refused_alike_stops(self, connector: Connector) -> None:
        self.sandbox.style, self.sandbox.reject = "batch", re.compile("person")
        sent = send_patiently(connector, self.batch(0, 1, 2, 3, 4), Patience(sleep=lambda seconds: None))
        assert sent.stop and "each of 5 rows alike" in sent.stop.what and sent.outcomes == {}
        assert "mail.example" not in str(sent.stop)

    def test_a_code_with_a_number_in_it_is_masked(self, connector: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = requests.Response()
        answer.status_code = 200
        said = [{"status": "rejected", "code": "unknown +48600100200"}, {"status": "skipped", "code": "a@mail.example"}]
        answer._content = json.dumps({"results": said}).encode()
        monkeypatch.setattr(requests.Session, "request", lambda *_, **__: answer)
        outcomes = connector.send(self.batch(0, 1)).outcomes
        assert list(outcomes.values()) == [Rejected("unknown_number", ""), Skipped("e-mail")]

    def test_secrets_are_not_shown(self, connector: Connector) -> None:
        assert "sesame" not in connector.preview(self.batch(0))

    def test_silence_is_no_success_where_rows_were_promised(self, connector: Connector, tmp_path: Path) -> None:
        self.sandbox.silent = True
        assert set(self.send(connector, self.batch(0)).values()) == {Delivered()}
        strict = self.make(tmp_path, answers="rows")
        with pytest.raises(StopSync, match="no results for 2 rows"):
            strict.send(self.batch(1, 2))
        strict.close()


OPTIONS = AudienceOptions(
    row={
        "who": "{id}",
        "mail": {"to": "{email}", "note": "no. {n}"},
        "score": "{n}",
        "tags": ["vip", "{action}"],
        "on": True,
    },
    body={"list": "{audience}", "contacts": "{rows}", "source": {"name": "shop", "at": "{as_of}"}},
)


def sent_by(tmp_path: Path, options: AudienceOptions, action: Action = "add", **fields: object) -> Any:
    bodies: list[bytes] = []
    connector = WebhookConnector(WebhookConfig(url="http://127.0.0.1:9/x"), surroundings(tmp_path))

    def send(method: str, url: str, body: bytes, headers: object) -> requests.Response:
        bodies.append(body)
        return said("")

    connector._client.send = send  # type: ignore[assignment]
    row = Operation(0, action, "k0", fields)
    target = Target("s", "audience", "a list", "upsert", "remove", "operational", AS_OF, ("key",), options)
    batch = Batch(target, (row,))
    assert connector.send(batch).outcomes == {0: Delivered()}
    assert "jan@" not in connector.preview(batch)
    return json.loads(bodies[0])


def test_a_receiver_gets_the_body_that_it_wants(tmp_path: Path) -> None:
    row = {
        "who": "k0",
        "mail": {"to": "jan@mail.example", "note": "no. 7"},
        "score": 7,
        "tags": ["vip", "set"],
        "on": True,
    }
    source = {"name": "shop", "at": "2026-06-15T04:30:00Z"}
    wanted = {"list": "a list", "contacts": [row], "source": source}
    assert sent_by(tmp_path, OPTIONS, email="jan@mail.example", n=7) == wanted
    gone = sent_by(tmp_path, OPTIONS, "remove", email="jan@mail.example")
    assert gone["contacts"][0] == {
        **row,
        "score": None,
        "tags": ["vip", "remove"],
        "mail": {**row["mail"], "note": "no. "},
    }  # type: ignore[dict-item]


@given(st.text(), st.text())
def test_no_value_changes_the_shape(email: str, note: str) -> None:
    shape = {"a": "{email}", "b": ["x {note} y"], "{email}": 1}
    assert shaped(shape, {"email": email, "note": note}) == {"a": email, "b": [f"x {note} y"], "{email}": 1}


def test_a_shape_that_asks_for_what_there_is_not_is_an_error_before_anything_is_sent(tmp_path: Path) -> None:
    for body, word in (({"a": "{audience}"}, "{rows}"), ({"rows": "{rows}", "at": "{now}"}, "now")):
        with pytest.raises(ValidationError, match=re.escape(word)):
            AudienceOptions(body=body)
    with pytest.raises(StopSync, match="phone, which the sync does not map"):
        sent_by(tmp_path, AudienceOptions(row={"to": "{phone}"}), email="jan@mail.example")


del ConnectorSuite
