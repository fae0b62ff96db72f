"""A Swagger 2.0 description as OpenAPI 3.0, as far as requests are judged by it: bodies, parameters, schemas."""

import json
from typing import Any

_PLAIN = ("type", "format", "items", "enum", "minimum", "maximum", "pattern", "maxLength", "minLength", "default")


def as_openapi3(spec: dict[str, Any]) -> dict[str, Any]:
    moved = json.loads(json.dumps(spec).replace("#/definitions/", "#/components/schemas/"))
    paths = {path: _item(item, moved) for path, item in moved["paths"].items()}
    return {
        "openapi": "3.0.3",
        "info": moved["info"],
        "paths": paths,
        "components": {"schemas": moved.get("definitions", {})},
    }


def _item(item: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    shared = item.get("parameters", [])
    return {verb: _operation(op, shared, spec) for verb, op in item.items() if verb != "parameters"}


def _operation(operation: dict[str, Any], shared: list[Any], spec: dict[str, Any]) -> dict[str, Any]:
    given = [_resolved(parameter, spec) for parameter in [*shared, *operation.get("parameters", [])]]
    made: dict[str, Any] = {
        "parameters": [_parameter(p) for p in given if p["in"] in ("path", "query", "header")],
        "responses": {"200": {"description": "ok"}},
    }
    kinds = operation.get("consumes") or spec.get("consumes") or ["application/json"]
    body = next((p for p in given if p["in"] == "body"), None)
    form = [p for p in given if p["in"] == "formData"]
    if body:
        made["requestBody"] = {
            "required": body.get("required", False),
            "content": {kind: {"schema": body["schema"]} for kind in kinds},
        }
    elif form:
        schema = {
            "type": "object",
            "properties": {p["name"]: {key: p[key] for key in _PLAIN if key in p} for p in form},
            "required": [p["name"] for p in form if p.get("required")],
        }
        made["requestBody"] = {
            "content": {kind: {"schema": schema} for kind in {*kinds, "application/x-www-form-urlencoded"}}
        }
    return made


def _resolved(parameter: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    reference = parameter.get("$ref")
    return spec["parameters"][reference.rsplit("/", 1)[1]] if reference else parameter  # type: ignore[no-any-return]


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    kept = {key: parameter[key] for key in ("name", "in", "required") if key in parameter}
    return {**kept, "schema": {key: parameter[key] for key in _PLAIN if key in parameter}}
