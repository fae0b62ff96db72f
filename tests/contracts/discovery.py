"""A discovery document of Google as OpenAPI 3.0: request bodies by operation, unknown fields refused."""

from collections.abc import Iterator
from typing import Any

_KEPT = ("type", "enum", "format", "description")


def as_openapi3(document: dict[str, Any]) -> dict[str, Any]:
    schemas = {name: _schema(schema) for name, schema in document["schemas"].items()}
    paths: dict[str, Any] = {}
    for method in _methods(document):
        path = f"/{method.get('flatPath', method['path'])}"
        paths.setdefault(path, {})[method["httpMethod"].lower()] = _operation(method)
    info = {"title": document["name"], "version": document["version"]}
    return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _methods(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from _methods(resource)


def _operation(method: dict[str, Any]) -> dict[str, Any]:
    names = [piece[1:-1] for piece in method.get("flatPath", method["path"]).split("/") if piece.startswith("{")]
    given = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    query = [
        {"name": name, "in": "query", "required": rule.get("required", False), "schema": {"type": rule["type"]}}
        for name, rule in method.get("parameters", {}).items()
        if rule["location"] == "query"
    ]
    made: dict[str, Any] = {"parameters": given + query, "responses": {"200": {"description": "ok"}}}
    if "request" in method:
        reference = {"$ref": f"#/components/schemas/{method['request']['$ref']}"}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return made


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/components/schemas/{schema['$ref']}"}
    made = {key: schema[key] for key in _KEPT if key in schema and schema.get("type") != "any"}
    if "items" in schema:
        made["items"] = _schema(schema["items"])
    if "properties" in schema:
        made["properties"] = {name: _schema(value) for name, value in schema["properties"].items()}
        made["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _schema(schema["additionalProperties"])
    return made
