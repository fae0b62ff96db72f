"""A REST endpoint through dlt: pages, patience with 429 and 500, only what is new."""

import gc
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ingestion_tables import raw_table, rejects, rows

from heddle.errors import SourceError
from heddle.ingestion import RestLoad, ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


class Api(ThreadingHTTPServer):
    """Tickets in pages of two; answers that are due are given first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tickets: list[Any] = []
        self.failures: list[int] = []
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/tickets"


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if self.server.failures:
            self.answer(self.server.failures.pop(0), {}, {"Retry-After": "0"})
            return
        self.server.asked.append(query)
        since, page = query.get("since", [""])[0], int(query.get("page", ["0"])[0])
        found = [t for t in self.server.tickets if not isinstance(t, dict) or t.get("at", "") >= since]
        more = f"{self.server.url}?since={since}&page={page + 1}" if len(found) > 2 * page + 2 else None
        self.answer(200, {"items": found[2 * page : 2 * page + 2], "next": more}, {})

    def answer(self, status: int, body: object, headers: dict[str, str]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    # dlt drops the response that it retries without closing it; collected here, it warns inside the filter
    gc.collect()


def load(api: Api, **more: object) -> RestLoad:
    spec = {
        "url": api.url,
        "records": "$.items",
        "paginator": {"type": "json_link", "next_url_path": "next"},
        "cursor": "at",
        "cursor_param": "since",
    }
    return RestLoad.model_validate({**spec, **more})


def test_pages_retries_and_the_cursor(settings: Settings, warehouse: Warehouse, api: Api) -> None:
    table = raw_table(load(api), "tickets", id="bigint", at="timestamp", tags="json")
    api.tickets = [{"id": n, "at": f"2026-01-0{n}T00:00:00Z", "tags": ["a"], "open": n > 2} for n in (1, 2, 3, 4, 5)]
    api.failures = [429, 500]
    first = ingest(warehouse, settings, table)
    assert (first.rows, first.rejects, first.new_columns) == (5, 0, ["open"])
    assert rows(warehouse, table, "id, \"at\"::varchar as seen, tags, open, _row")[0] == (
        1, "2026-01-01 00:00:00", '["a"]', "false", 1,
    )  # fmt: skip
    assert ingest(warehouse, settings, table).rows == 0
    assert api.asked[-1]["since"] == ["2026-01-05T00:00:00Z"]
    api.tickets.append({"id": 6, "at": "2026-01-05T00:00:00Z"})
    assert ingest(warehouse, settings, table).rows == 1


def test_a_cursor_of_several_types_is_a_problem_of_the_source(
    settings: Settings, warehouse: Warehouse, api: Api
) -> None:
    api.tickets = [{"id": n, "at": "2026", "no": n if n < 3 else "x"} for n in range(1, 5)]
    table = raw_table(load(api, cursor="no", cursor_param=None), "tickets", id="bigint")
    with pytest.raises(SourceError, match=r"load\.cursor holds int and str"):
        ingest(warehouse, settings, table)


def test_without_a_cursor_everything_is_read_and_only_news_is_kept(
    settings: Settings, warehouse: Warehouse, api: Api
) -> None:
    table = raw_table(load(api, cursor=None, cursor_param=None), "tickets", id="bigint", state="varchar")
    api.tickets = [{"id": 1, "state": "open"}, {"id": 2, "state": "open"}, {"id": "x"}, 7]
    first = ingest(warehouse, settings, table)
    assert (first.rows, first.rejects) == (2, 2)
    api.tickets[1] = {"id": 2, "state": "closed"}
    second = ingest(warehouse, settings, table)
    assert (second.rows, second.rejects) == (1, 0)
    assert rejects(warehouse, "line, text, reason") == [
        (3, '{"id":"x"}', "column id: expected bigint"),
        (4, "7", "not a JSON object"),
    ]


def test_an_api_that_stays_broken_keeps_nothing(settings: Settings, warehouse: Warehouse, api: Api) -> None:
    table = raw_table(load(api), "tickets", id="bigint")
    api.failures = [404]
    with pytest.raises(SourceError, match="cannot be read"):
        ingest(warehouse, settings, table)
    assert rows(warehouse, table) == []
