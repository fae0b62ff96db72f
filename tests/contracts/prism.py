"""Prism, a mock server and validating proxy, as the second judge of what we send and of what the sandbox answers."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from ports import free_port

ROOT = Path(__file__).parents[2]
_LONGEST_START = 90  # seconds


@dataclass(frozen=True)
class Exchange:
    """A request as the vendor would get it (`path` with its query), and what the sandbox answered."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: bytes
    answer_kind: str

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"


@dataclass(frozen=True)
class Verdict:
    """`known`: the description has the address. `request` and `answer`: what it has against them."""

    known: bool
    request: tuple[str, ...]
    answer: tuple[str, ...]


class Prism:
    """A running proxy; what is behind it answers as the sandbox did."""

    def __init__(self, url: str, upstream: "Upstream") -> None:
        self._url, self._upstream = url, upstream

    def judge(self, exchange: Exchange) -> Verdict:
        self._upstream.exchange = exchange
        kept = {name: value for name, value in exchange.headers.items() if name.lower() not in _OURS}
        said = requests.request(
            exchange.method, self._url + exchange.path, headers=kept, data=exchange.body, timeout=30
        )
        problem = said.json() if "problem+json" in said.headers.get("Content-Type", "") else {}
        word = str(problem.get("type", "")).partition("#")[2]
        if word in ("NO_PATH_MATCHED_ERROR", "NO_METHOD_MATCHED_ERROR"):
            return Verdict(False, (), ())
        found = tuple(_said(one) for one in problem.get("validation", ()))
        if word in _REFUSALS:
            return Verdict(True, found or (word,), ())
        return Verdict(True, (), found or ((word,) if word else ()))


class Upstream:
    """Answers every request with the answer of `exchange`."""

    def __init__(self) -> None:
        self.exchange: Exchange | None = None
        handler = type("Handler", (_Answers,), {"upstream": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class _Answers(BaseHTTPRequestHandler):
    upstream: Upstream

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        exchange = self.upstream.exchange
        assert exchange
        self.send_response(exchange.status)
        if exchange.answer:
            self.send_header("Content-Type", exchange.answer_kind)
        self.send_header("Content-Length", str(len(exchange.answer)))
        self.end_headers()
        self.wfile.write(exchange.answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def running(document: Path) -> Iterator[Prism]:
    """Skips where Prism is not installed; fails where it cannot read the document in time."""
    upstream, port = Upstream(), free_port()
    command = [str(program()), "proxy", str(document), f"http://127.0.0.1:{upstream.port}", "--errors", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
        reader.start()
        try:
            _await(port, process, lines)
            yield Prism(f"http://127.0.0.1:{port}", upstream)
        finally:
            process.kill()
            process.wait()
            reader.join(10)
            upstream.close()


def program() -> Path:
    found = Path(os.environ.get("HEDDLE_PRISM", ROOT / ".tools/prism/node_modules/.bin/prism"))
    if not found.exists():
        pytest.skip("Prism is not here: `make test-prism` installs it, where npm is")
    return found


def _await(port: int, process: Any, lines: list[str]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _LONGEST_START:
        if process.poll() is not None:
            raise AssertionError(f"Prism ended: {''.join(lines)[-500:]}")
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)
        except requests.exceptions.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Prism has not read the document after {_LONGEST_START} s")


def _said(violation: Mapping[str, Any]) -> str:
    return f"{'.'.join(map(str, violation.get('location', ())))}: {violation.get('message')}"


_REFUSALS = ("UNPROCESSABLE_ENTITY", "UNAUTHORIZED", "INVALID_CONTENT_TYPE", "SCHEMA_TOO_COMPLEX")
_OURS = ("host", "connection", "content-length", "accept-encoding")
