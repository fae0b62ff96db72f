"""One server on this machine that answers like every vendor, each below its own name, and fails on demand.

`http://127.0.0.1:8030/` is a page of what the vendors hold; `GET /_sandbox/<vendor>` is the same as JSON.
`POST /_sandbox/<vendor>/fail {"kind": "429", "times": 2, "retry_after": "1"}` makes the next calls fail,
`POST /_sandbox/<vendor>/refuse {"pattern": "..."}` turns down the rows that match, `DELETE /_sandbox/<vendor>` forgets.
"""

import json
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args
from urllib.parse import parse_qsl, urlsplit

from activations.sandbox.page import page
from activations.sandbox.rate import Meter
from activations.sandbox.shelves import Shelves
from activations.sandbox.vendor import Answer, Request, Vendor
from activations.sandbox.vendors import VENDORS

Failure = Literal["400", "401", "403", "404", "429", "500", "502", "503", "slow", "cut", "cut_after", "wrong_count"]
CONTROL = "_sandbox"


@dataclass(frozen=True)
class Demand:
    kind: Failure
    retry_after: str | None = None


class VendorSandbox:
    """`folder`: where the vendors' state is kept over restarts; None keeps it in memory. `clock`, in seconds, is what
    their rate limits go by."""

    def __init__(
        self,
        host: str,
        port: int,
        folder: Path | None = None,
        vendors: Iterable[type[Vendor]] = VENDORS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.vendors: dict[str, Vendor] = {
            kind.name: kind(Shelves(folder / f"{kind.name}.jsonl" if folder else None)) for kind in vendors
        }
        for vendor in self.vendors.values():
            vendor.meter = Meter(vendor.rates, clock)
        self.calls: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self.slow_seconds = 1.0
        self._demands: dict[str, deque[Demand]] = defaultdict(deque)
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"sandbox": self})
        self._server = ThreadingHTTPServer((host, port), handler, bind_and_activate=False)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
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

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def fail(self, vendor: str, kind: Failure, times: int = 1, retry_after: str | None = None) -> None:
        """The next `times` calls of the vendor fail."""
        self._demands[vendor].extend([Demand(kind, retry_after)] * times)

    def refuse(self, vendor: str, pattern: str | None, retryable: bool = False) -> None:
        """Rows whose JSON matches `pattern` are turned down until told otherwise (None)."""
        self.vendors[vendor].refused = re.compile(pattern) if pattern else None
        self.vendors[vendor].retryable = retryable

    def held(self, vendor: str, shelf: str) -> Mapping[str, Mapping[str, object]]:
        return self.vendors[vendor].shelves.rows(shelf)

    def forget(self, vendor: str) -> None:
        self._demands[vendor].clear()
        self.refuse(vendor, None)
        self.vendors[vendor].shelves.clear()

    def demanded(self, vendor: str) -> Demand | None:
        with self._lock:
            self.calls[vendor] += 1
            waiting = self._demands[vendor]
            return waiting.popleft() if waiting else None

    @contextmanager
    def connected(self, vendor: str) -> Iterator[bool]:
        """While a call is under way; false when it is one more than the vendor takes at a time."""
        most = self.vendors[vendor].connections
        with self._lock:
            self._under_way[vendor] += 1
            taken = most is None or self._under_way[vendor] <= most
        try:
            yield taken
        finally:
            with self._lock:
                self._under_way[vendor] -= 1

    def answer(self, vendor: str, request: Request) -> Answer:
        with self._lock:
            found = self.vendors[vendor]
            answer = found.answer(request)
            found.shelves.flush()
            return answer

    def control(self, request: Request) -> Answer:
        """The sandbox's own addresses."""
        name, _, verb = request.path.strip("/").partition("/")
        if name not in self.vendors:
            return Answer(404, {"message": "no such vendor", "vendors": sorted(self.vendors)})
        if request.method == "GET" and not verb:
            with self._lock:
                return Answer(200, {shelf: dict(rows) for shelf, rows in self.vendors[name].shelves.named()})
        if request.method == "DELETE" and not verb:
            self.forget(name)
            return Answer(204)
        said = json.loads(request.body or b"{}")
        if verb == "fail" and said.get("kind") in get_args(Failure):
            self.fail(name, said["kind"], int(said.get("times", 1)), said.get("retry_after"))
            return Answer(200, {"failing": said["kind"]})
        if verb == "refuse":
            self.refuse(name, said.get("pattern"), bool(said.get("retryable")))
            return Answer(200, {"refusing": said.get("pattern")})
        return Answer(400, {"message": "fail or refuse", "kinds": get_args(Failure)})

    def page(self) -> str:
        with self._lock:
            return page(self.url, self.vendors.values())


class _Handler(BaseHTTPRequestHandler):
    """The wire: reads one request, lets the vendor answer, or fails as it was told."""

    sandbox: VendorSandbox
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_one_call(self) -> None:
        parts = urlsplit(self.path)
        vendor, _, rest = parts.path.lstrip("/").partition("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(
            self.command, f"/{rest}", query, headers, body, base=f"http://{headers.get('host', '')}/{vendor}"
        )
        if vendor == CONTROL:
            return self._reply(self.sandbox.control(request))
        if not vendor:
            return self._reply(Answer(200, self.sandbox.page(), (("Content-Type", "text/html; charset=utf-8"),)))
        if vendor not in self.sandbox.vendors:
            return self._reply(Answer(404, {"message": "no such vendor", "vendors": sorted(self.sandbox.vendors)}))
        with self.sandbox.connected(vendor) as taken:
            if not taken:
                return self._reply(self.sandbox.vendors[vendor].error(429, "too many connections"))
            return self._call(vendor, request)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_one_call  # noqa: N815, RUF100 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, RUF100 - http.server's signature
        """Silent: addresses of people have no place in a log."""

    def _call(self, vendor: str, request: Request) -> None:
        demand = self.sandbox.demanded(vendor)
        if demand and demand.kind == "cut":
            return self._cut()
        if demand and demand.kind.isdigit():
            return self._reply(self._failed(vendor, demand))
        if demand and demand.kind == "slow":
            time.sleep(self.sandbox.slow_seconds)
        answer = self.sandbox.answer(vendor, request)
        if demand and demand.kind == "cut_after":
            return self._cut()
        if demand and demand.kind == "wrong_count":
            answer = self.sandbox.vendors[vendor].miscounted(answer)
        return self._reply(answer)

    def _failed(self, vendor: str, demand: Demand) -> Answer:
        failed = self.sandbox.vendors[vendor].error(int(demand.kind), "on demand")
        wait = (("Retry-After", demand.retry_after),) if demand.retry_after else ()
        return Answer(failed.status, failed.body, (*failed.headers, *wait))

    def _reply(self, answer: Answer) -> None:
        text = isinstance(answer.body, str)
        body = b"" if answer.body is None else str(answer.body).encode() if text else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        names = {name.lower() for name, _ in answer.headers}
        if "content-type" not in names and body:
            self.send_header("Content-Type", "text/plain; charset=utf-8" if text else "application/json")
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 204:
            self.wfile.write(body)
        self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()
