"""A vendor's own description of its API as the judge of requests, without a server."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discovery
import pytest
import requests
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest
from openapi_core.exceptions import OpenAPIError
from swagger2 import as_openapi3

SPECS = Path(__file__).parents[3] / "shared" / "specs"
HOST = "http://vendor.test"


@dataclass(frozen=True)
class ApiDescription:
    """`files` (blank between them) are below ../shared/specs. `strip` is the part of our paths that they leave out."""

    files: str
    strip: str = ""
    unjudged: Mapping[str, str] = field(default_factory=dict)  # "METHOD /path" that the file does not have, and why

    def __hash__(self) -> int:
        return hash((self.files, self.strip))

    def needed(self) -> None:
        for file in self.files.split():
            if not (SPECS / file).exists():
                pytest.skip(f"the vendor's description is not beside this repository (../shared/specs/{file})")

    def problem(self, request: requests.Request) -> str | None:
        """What the description has against a request to `HOST`; None when nothing."""
        said = None
        for file in self.files.split():
            try:
                _loaded(file).validate_request(RequestsOpenAPIRequest(request))
            except OpenAPIError as error:
                causes = getattr(error.__cause__, "schema_errors", None)
                why = "; ".join(_where(cause) for cause in causes) if causes else repr(error.__cause__ or error)
                said = f"{request.method} {request.url}: {why}"
                if type(error.__cause__ or error).__name__ in ("PathNotFound", "OperationNotFound"):
                    continue
            else:
                return None
            return said
        return said

    def at_host(self, sent: requests.PreparedRequest, prefix: str) -> requests.Request | None:
        """The request as it would go to the vendor; None where the description does not know the address."""
        parts = urlsplit(str(sent.url))
        path = parts.path.removeprefix(f"/{prefix}").removeprefix(self.strip)
        if any(_same_path(f"{sent.method} {path}", known) for known in self.unjudged):
            return None
        url = HOST + path + (f"?{parts.query}" if parts.query else "")
        return requests.Request(sent.method, url, headers=dict(sent.headers), data=sent.body)


@cache
def _loaded(file: str) -> OpenAPI:
    text = (SPECS / file).read_text()
    spec = json.loads(text) if file.endswith("json") else yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if spec.get("swagger") == "2.0":
        spec = as_openapi3(spec)
    if spec.get("kind") == "discovery#restDescription":
        spec = discovery.as_openapi3(spec)
    spec["servers"] = [{"url": HOST}]
    for item in spec["paths"].values():
        item.pop("servers", None)
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("servers", None)
                operation.pop("security", None)  # credentials are the sandbox's to check
    spec.pop("security", None)
    _open_parts(spec, spec)
    # a CSV is text, which the library does not know
    config = Config(spec_validator_cls=None, extra_media_type_deserializers={"text/csv": bytes.decode})  # type: ignore[arg-type]
    return OpenAPI.from_dict(spec, config=config)


def _open_parts(part: Any, spec: dict[str, Any]) -> None:
    """Two habits of vendors: a part of an `allOf` that allows no other properties, refusing those of its siblings;
    alternatives of a `oneOf` that need nothing and allow everything, so that all of them fit at once."""
    if isinstance(part, list):
        for item in part:
            _open_parts(item, spec)
    if not isinstance(part, dict):
        return
    for found in _members(part, "allOf", spec):
        if found.get("additionalProperties") is False:
            del found["additionalProperties"]
    for found in _members(part, "oneOf", spec):
        if "properties" in found and not found.get("required"):
            found.setdefault("additionalProperties", False)
    for value in part.values():
        _open_parts(value, spec)


def _members(part: dict[str, Any], word: str, spec: dict[str, Any]) -> list[dict[str, Any]]:
    members = part[word] if isinstance(part.get(word), list) else []
    schemas = spec.get("components", {}).get("schemas", {})
    return [schemas.get(member.get("$ref", "").rsplit("/", 1)[-1], member) for member in members]


def broken(body: Any) -> Iterator[Any]:
    """The body with one leaf after another of another type: somewhere a description must object."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from ({**body, name: other} for other in broken(value))
    elif isinstance(body, list):
        for index, value in enumerate(body[:2]):
            yield from ([*body[:index], other, *body[index + 1 :]] for other in broken(value))
    elif isinstance(body, str):
        yield 7
        yield [{"canary": body}]
    else:
        yield "canary"


def _where(cause: Any) -> str:
    return f"{'/'.join(str(part) for part in cause.absolute_path)}: {cause.message[:200]}"


def _same_path(given: str, known: str) -> bool:
    ours, theirs = given.split("/"), known.split("/")
    return len(ours) == len(theirs) and all(b in (a, "*") for a, b in zip(ours, theirs, strict=True))
