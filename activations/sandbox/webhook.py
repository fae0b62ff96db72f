"""A webhook receiver on this machine: audiences that can be read back, and every class of failure on demand."""

import json
import re
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import unquote

Failure = Literal["401", "429", "500", "slow", "cut", "cut_after", "wrong_count"]


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()


class WebhookSandbox:
    """`POST /audiences/<name>` changes an audience, `GET /audiences/<name>` reads it, as do restarts: each accepted
    request is a line of `<folder>/<name>.jsonl`.

    `fail(kind, times)` makes the next requests fail: `cut` drops the connection before, `cut_after` after the batch was
    taken; `slow` answers late. Rows whose id or fields match `reject` are refused (`style` rows: a result per row,
    index: 207 with errors by index, batch: 422 for all).
    """

    def __init__(self, host: str, port: int, folder: Path, token: str | None = None) -> None:
        self._folder, self._token = folder, token
        self._failures: deque[Failure] = deque()
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self.audiences: dict[str, dict[str, dict[str, Any]]] = {}
        self.requests = 0
        self.repeats = 0
        self.reject: re.Pattern[str] | None = None
        self.retryable = False
        self.style: Literal["rows", "index", "batch"] = "rows"
        self.silent = False
        self.slow_seconds = 1.0
        self.retry_after: str | None = "0"
        handler = type("Handler", (_Handler,), {"sandbox": self})
        self._server = ThreadingHTTPServer((host, port), handler, bind_and_activate=False)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(self._folder.glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                request = json.loads(line)
                self._apply(request, set())
        try:
            self._server.server_bind()
            self._server.server_activate()
        except OSError:
            self._server.server_close()
            raise
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, kind: Failure, times: int = 1) -> None:
        self._failures.extend([kind] * times)

    def next_failure(self) -> Failure | None:
        with self._lock:
            self.requests += 1
            return self._failures.popleft() if self._failures else None

    def post(self, path: str, body: bytes, authorization: str, key: str | None) -> Answer:
        """What the receiver answers; a key that it has seen gets the first answer again and changes nothing."""
        if self._token and authorization != f"Bearer {self._token}":
            return Answer(401, {"message": "unknown token"})
        name = _audience(path)
        if name is None:
            return Answer(404, {"message": "no such address"})
        with self._lock:
            if key and key in self._answers:
                self.repeats += 1
                return self._answers[key]
            answer = self._take(name, json.loads(body))
            if key and answer.status < 400:
                self._answers[key] = answer
            return answer

    def get(self, path: str) -> Answer:
        name = _audience(path)
        if name is None or name not in self.audiences:
            return Answer(404, {"message": "no such audience"})
        members = self.audiences[name]
        return Answer(200, {"audience": name, "size": len(members), "members": members})

    def _take(self, name: str, request: dict[str, Any]) -> Answer:
        refused = {i for i, row in enumerate(request["rows"]) if self.reject and self.reject.search(json.dumps(row))}
        error = {"code": "refused", "message": "the sandbox was told to refuse it", "retryable": self.retryable}
        if refused and self.style == "batch":
            return Answer(422, error)
        skipped = self._apply({**request, "audience": name}, refused)
        accepted = [row for i, row in enumerate(request["rows"]) if i not in refused]
        with (self._folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '_', name)}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({**request, "audience": name, "rows": accepted}) + "\n")
        if self.silent:
            return Answer(200, {})
        if self.style == "index":
            return Answer(207 if refused else 200, {"errors": [{"index": i, **error} for i in sorted(refused)]})
        said = [
            {"status": "rejected", **error}
            if i in refused
            else {"status": "skipped", "code": "not_found"}
            if i in skipped
            else {"status": "ok"}
            for i in range(len(request["rows"]))
        ]
        return Answer(200, {"results": said})

    def _apply(self, request: dict[str, Any], refused: set[int]) -> set[int]:
        """The request's effect on the audience; the rows that it had nothing to do for."""
        members = self.audiences.setdefault(request["audience"], {})
        skipped: set[int] = set()
        for index, row in enumerate(request["rows"]):
            known = row["id"] in members
            unwanted = (request["match"] == "update_only" and not known) or (
                request["match"] == "create_only" and known
            )
            if index in refused:
                continue
            if request["action"] in ("remove", "delete"):
                members.pop(row["id"], None)
            elif request["action"] == "set" and unwanted:
                skipped.add(index)
            elif request["action"] == "set" or known:
                members[row["id"]] = {**members.get(row["id"], {}), **row["fields"]}
        return skipped


class _Handler(BaseHTTPRequestHandler):
    """The wire: reads one request, lets the sandbox answer, or fails as it was told."""

    sandbox: WebhookSandbox
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:  # noqa: N802, RUF100 - http.server's name
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        failure = self.sandbox.next_failure()
        if failure == "cut":
            return self._cut()
        if failure in ("401", "429", "500"):
            wait = (("Retry-After", self.sandbox.retry_after),) if failure == "429" and self.sandbox.retry_after else ()
            return self._reply(Answer(int(failure), {"message": "on demand"}, wait))
        if failure == "slow":
            time.sleep(self.sandbox.slow_seconds)
        key = self.headers.get("Idempotency-Key")
        answer = self.sandbox.post(self.path, body, self.headers.get("Authorization", ""), key)
        if failure == "cut_after":
            return self._cut()
        if failure == "wrong_count":
            answer = Answer(200, {"results": [*answer.body.get("results", []), {"status": "ok"}]})
        return self._reply(answer)

    def do_GET(self) -> None:  # noqa: N802, RUF100 - http.server's name
        self._reply(self.sandbox.get(self.path))

    def do_HEAD(self) -> None:  # noqa: N802, RUF100 - http.server's name
        self._reply(Answer(200, {}))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, RUF100 - http.server's signature
        """Silent: addresses of people have no place in a log."""

    def _reply(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode() if self.command != "HEAD" else b""
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()


def _audience(path: str) -> str | None:
    match = re.fullmatch(r"/audiences/([^/?]+)", path.partition("?")[0])
    return unquote(match[1]) if match else None
