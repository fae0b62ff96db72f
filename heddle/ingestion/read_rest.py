"""A REST endpoint: dlt walks the pages and retries, the rows are loaded like JSON lines."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from heddle.errors import SourceError
from heddle.ingestion.load_remote import Batch, CursorValue, load_batches, read_cursor
from heddle.ingestion.load_spec import RestLoad
from heddle.ingestion.loader import Loader
from heddle.ingestion.read_jsonl import json_relation
from heddle.settings import Settings

MOST_ATTEMPTS = 5


def load_rest(loader: Loader, settings: Settings, spec: RestLoad) -> None:
    """Appends the rows that are new or changed since the last load. Raises SourceError."""
    since = read_cursor(loader) if spec.cursor else None
    batches = _batches(settings, loader.table.location, spec, since)
    load_batches(loader, f"rest:{spec.url}", batches, json_relation)


def _batches(settings: Settings, where: str, spec: RestLoad, since: CursorValue | None) -> Iterator[Batch]:
    settings.quiet_tools()
    # dlt takes 2 s to import, and must see the environment that was just set
    from dlt.sources.helpers.requests import Client
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.config_setup import create_paginator
    from requests.exceptions import RequestException

    parts = urlsplit(spec.url)
    headers = {"Authorization": f"Bearer {settings.secret(spec.token_env)}"} if spec.token_env else {}
    params: dict[str, Any] = dict(spec.params)
    if spec.cursor_param and since is not None:
        params[spec.cursor_param] = since
    session = Client(request_max_attempts=MOST_ATTEMPTS, request_backoff_factor=0.2, raise_for_status=False).session
    try:
        client = RESTClient(
            f"{parts.scheme}://{parts.netloc}",
            headers=headers,
            paginator=create_paginator(spec.paginator),  # type: ignore[arg-type]  # from YAML, checked by dlt
            data_selector=None if spec.records == "$" else spec.records,
            session=session,
        )
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        for page in client.paginate(target, params=params):
            yield _batch(list(page), spec.cursor)
    except (RequestException, ValueError, TypeError) as error:
        raise SourceError(
            f"{spec.url} cannot be read: {type(error).__name__}",
            where,
            "check load.rest, the server and the token; nothing of this load was kept",
        ) from None
    finally:
        session.close()


def _batch(items: list[Any], cursor: str | None) -> Batch:
    lines = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items]
    values = [item.get(cursor) for item in items if isinstance(item, dict)] if cursor else []
    known = [value for value in values if isinstance(value, str | int | float) and not isinstance(value, bool)]
    return Batch(pa.table({"_text": pa.array(lines, pa.string())}), max(known, default=None))
