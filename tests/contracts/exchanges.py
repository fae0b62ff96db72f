"""What a connector and the sandbox say to each other in the contract suite: each action, its polling, the check."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from prism import Exchange
from vendor_suite import VendorSuite

Raw = tuple[requests.PreparedRequest, requests.Response]


def recorded(suite: VendorSuite, folder: Path, strip: str = "") -> list[Exchange]:
    """`strip`: the part of our paths that the description leaves out."""
    with _noted() as raw, suite.destination(folder):
        suite.used, suite.used_ids = suite.make(folder), {}
        suite.target()
        suite.used.check()
        for action in suite.actions:
            suite.send(suite.used, suite.batch(0, 1, action=action))
        with suite.refusing(1)():
            suite.send(suite.used, suite.batch(2, 1, 3))
        suite.used.close()
    return [_exchange(call, answer, suite.vendor, strip) for call, answer in raw]


@contextmanager
def _noted() -> Iterator[list[Raw]]:
    raw: list[Raw] = []
    send = requests.adapters.HTTPAdapter.send

    def noted(adapter: Any, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        answer = send(adapter, request, **more)
        raw.append((request.copy(), answer))
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(requests.adapters.HTTPAdapter, "send", noted)
        yield raw


def _exchange(call: requests.PreparedRequest, answer: requests.Response, vendor: str, strip: str) -> Exchange:
    parts = urlsplit(str(call.url))
    path = parts.path.removeprefix(f"/{vendor}").removeprefix(strip)
    body = call.body.encode() if isinstance(call.body, str) else call.body or b""
    return Exchange(
        str(call.method),
        path + (f"?{parts.query}" if parts.query else ""),
        dict(call.headers),
        body,
        answer.status_code,
        answer.content,
        answer.headers.get("Content-Type", "application/json"),
    )
