"""Who receives what the activation benchmark posts: a process of its own that reads every row and answers in order.

    .venv/bin/python benchmarks/activation_receiver.py

Prints the port it listens on.
"""

import gc
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import requests


class Receiver(BaseHTTPRequestHandler):
    """Reads every row, answers one result per row."""

    protocol_version = "HTTP/1.1"
    received = 0

    def do_POST(self) -> None:
        rows = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))["rows"]
        Receiver.received += len(rows)
        body = b'{"results": [' + b",".join([b'{"status": "ok"}'] * len(rows)) + b"]}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """How many rows came so far."""
        body = str(Receiver.received).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002 - the name is the base class's
        return


@contextmanager
def receiver() -> Iterator[str]:
    """The address of one that runs meanwhile."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}/{{audience}}"
        finally:
            process.terminate()


def rows_received(url: str) -> int:
    """What the receiver counted."""
    return int(requests.get(url.replace("{audience}", "count"), timeout=10).text)


def serve() -> None:
    gc.disable()  # it shares the cores with what is measured, and has no cycles: 0.7 instead of 2.0 us per row
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever).run()


if __name__ == "__main__":
    serve()
