"""segments_yaml/segment.schema.json: what editors complete and check while a marketer types."""

import json
from pathlib import Path
from typing import Any

from heddle.segments.catalog import Catalog, Field
from heddle.segments.rules import VERBS
from heddle.segments.segment import DAILY, Segment
from heddle.segments.sequence import WORDS
from heddle.segments.workspace import FOLDER, catalog_of
from heddle.settings import Settings

SCHEMA_FILE = "segment.schema.json"


def segment_schema(catalog: Catalog) -> dict[str, Any]:
    """JSON Schema of a segment file, with the catalog's words where a rule names one."""
    schema = Segment.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    words = _words(catalog)
    for verb, model in VERBS.items():
        _tell(definitions[model.__name__]["properties"], verb, words)
    for word in WORDS:
        definitions["Step"]["properties"][word] = words["did"]
    for name in ("Aggregate", "Distinct", "Favourite"):
        definitions[name]["properties"]["of"] = words["of"]
    definitions["TraitRule"]["allOf"] = [_values(trait) for trait in catalog.traits.values() if _known_values(trait)]
    _where(definitions, words["where"])
    definitions["Top"]["properties"]["by"] = words["top"]
    schema["properties"]["sql"] = definitions["SqlRule"]["properties"]["sql"]
    schema["properties"]["refresh"]["default"] = DAILY.words
    schema["required"].remove("who")
    schema["oneOf"] = [{"required": ["who"]}, {"required": ["sql"]}]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Heddle segment"
    schema["description"] = "Generated from the segment language and the catalog; do not edit."
    return schema


def write_schema(settings: Settings) -> bool:
    """Writes the schema beside the segments; whether it had to be changed."""
    path = settings.root / FOLDER / SCHEMA_FILE
    text = schema_text(catalog_of(settings))
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    Path(path).write_text(text, encoding="utf-8")
    return True


def schema_text(catalog: Catalog) -> str:
    """The file's exact content."""
    return json.dumps(segment_schema(catalog), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _words(catalog: Catalog) -> dict[str, dict[str, Any]]:
    events = {name: event.title or name for name, event in catalog.events.items()}
    events |= {name: f"Any of: {', '.join(members)}" for name, members in catalog.groups.items()}
    traits = {name: trait.title or name for name, trait in catalog.traits.items()}
    fields = {name: field.title or name for event in catalog.events.values() for name, field in event.fields.items()}
    records = {
        name: field.title or name for about in catalog.relations.values() for name, field in about.fields.items()
    }
    relations = {name: relation.title or name for name, relation in catalog.relations.items()}
    numbers = {name: title for name, title in traits.items() if catalog.traits[name].type == "number"}
    return {
        "trait": _choice(traits),
        "did": _choice(events),
        "did_not": _choice(events),
        "since": _choice(events),
        "same": _choice(fields),
        "of": _choice(fields),
        "where": _choice({**records, **fields}),
        "has": _choice(relations),
        "has_no": _choice(relations),
        "in_list": _choice({name: f"the list {name}" for name in catalog.lists}),
        "can_receive": _choice({name: name for name in catalog.channels}),
        "for": {**_choice({name: name for name in catalog.purposes}), "default": "marketing"},
        "top": _choice(numbers),
    }


def _choice(words: dict[str, str]) -> dict[str, Any]:
    return {"oneOf": [{"const": name, "title": title} for name, title in sorted(words.items())]}


def _known_values(field: Field) -> list[object]:
    return [True, False, "yes", "no"] if field.type == "boolean" else list(field.values)


def _values(field: Field) -> dict[str, Any]:
    """What editors offer after `is:` and in lists, once the trait is written; other values are no error."""
    value = {"anyOf": [{"enum": _known_values(field)}, {"type": ["string", "number", "boolean"]}]}
    several = {"anyOf": [{"type": "array", "items": value}, value]}
    operators = {"is": value, "is_not": value, "one_of": several, "not_one_of": several}
    return {
        "if": {"properties": {"trait": {"const": field.name}}, "required": ["trait"]},
        "then": {"properties": operators},
    }


def _tell(properties: dict[str, Any], verb: str, words: dict[str, dict[str, Any]]) -> None:
    if verb in words:
        properties[verb] = words[verb]
    for key in ("since", "for", "same"):
        if key in properties:
            properties[key] = words[key]


def _where(definitions: dict[str, Any], fields: dict[str, Any]) -> None:
    """`where: {status: open}` is allowed beside the mapping of operators; the names of fields are completed."""
    value = {"type": ["string", "number", "boolean"]}
    condition = {"anyOf": [{"$ref": "#/$defs/Operators"}, value]}
    known = {field["const"]: {**condition, "title": field["title"]} for field in fields["oneOf"]}
    for definition in definitions.values():
        properties = definition.get("properties", {})
        for key in {"where", "last_where"} & properties.keys():
            properties[key] = {"$ref": "#/$defs/Where"}
    definitions["Where"] = {"type": "object", "properties": known, "additionalProperties": condition}
