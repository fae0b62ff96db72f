"""Requests whose rows are judged one by one, where the description of the whole body cannot be trusted to be read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from api_description import HOST, SPECS
from jsonschema import Draft202012Validator


@dataclass(frozen=True)
class SchemaDescription:
    """`rows` is the list of the body; `kinds` maps the value of `by` in a row to a schema of the file."""

    file: str
    path: str
    rows: str
    by: str
    kinds: tuple[tuple[str, str], ...]

    def needed(self) -> None:
        if not (SPECS / self.file).exists():
            pytest.skip(f"the vendor's description is not beside this repository (../shared/specs/{self.file})")

    def at_host(self, sent: requests.PreparedRequest, prefix: str) -> requests.Request | None:
        path = urlsplit(str(sent.url)).path.removeprefix(f"/{prefix}")
        if path != self.path:
            return None
        return requests.Request(sent.method, HOST + path, headers=dict(sent.headers), data=sent.body)

    def problem(self, request: requests.Request) -> str | None:
        body = json.loads(request.data)
        if not isinstance(body, dict) or not isinstance(body.get(self.rows), list):
            return f"{self.rows} is not a list"
        return next((said for row in body[self.rows] if (said := self._row(row))), None)

    def _row(self, row: Any) -> str | None:
        kind = (
            dict(self.kinds).get(row.get(self.by)) if isinstance(row, dict) and isinstance(row[self.by], str) else None
        )
        if kind is None:
            return f"no {self.by} that is known"
        error = next(_validator(self.file, kind).iter_errors(row), None)
        return error.message if error else None


@cache
def _validator(file: str, kind: str) -> Draft202012Validator:
    spec: Mapping[str, Any] = json.loads((SPECS / file).read_text())
    return Draft202012Validator({"$ref": f"#/components/schemas/{kind}", "components": spec["components"]})
