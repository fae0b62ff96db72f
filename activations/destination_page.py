"""The part of a destination's page that its connector says itself: settings, objects, fields, limits.

`python -m activations.destination_page` rewrites what is below the marker of each page in docs/destinations; what is
above it is written by people. A test compares the two.
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from activations.contract import Connector, FieldSpec, ObjectSpec, Options
from activations.registry import CONNECTORS

FOLDER = Path("docs/destinations")
MARKER = "<!-- below: written by python -m activations.destination_page -->"


def generated(connector: type[Connector]) -> str:
    """Markdown of everything that the connector declares."""
    version = f"\n\nAPI version {connector.api_version}." if connector.api_version else ""
    sunset = f" It ends in {connector.api_sunset}." if connector.api_sunset else ""
    parts = [
        f"## How it behaves\n\n{_about(sys.modules[connector.__module__])}{version}{sunset}",
        f"## Settings of a connection\n\n{_settings(connector.Config)}",
        *(_object(spec) for spec in connector.objects().values()),
    ]
    return "\n\n".join(parts) + "\n"


def page(connector: type[Connector], root: Path) -> str:
    """The whole page as it should be. Raises FileNotFoundError where nobody has written its first part."""
    written, _, _ = (root / FOLDER / f"{connector.name}.md").read_text(encoding="utf-8").partition(MARKER)
    return f"{written.rstrip()}\n\n{MARKER}\n\n{generated(connector)}"


def _about(thing: object) -> str:
    return inspect.cleandoc(str(getattr(thing, "__doc__", "") or ""))


def _settings(model: type[Options]) -> str:
    own = _about(model) if model.__doc__ and model.__doc__ != Options.__doc__ else ""
    rows = [[f"`{name}`", _kind(field), _default(field)] for name, field in model.model_fields.items()]
    if not rows:
        return own or "None."
    return "\n\n".join(part for part in (own, _table(["Name", "Kind", "Default"], rows)) if part)


def _object(spec: ObjectSpec) -> str:
    rows = [[f"`{name}`", *_field(field)] for name, field in spec.fields.items()]
    if spec.open_fields:
        rows.append(["any other", "any", "", "sent as it is"])
    parts = [f"## Object `{spec.name}`", "\n".join(f"* {line}" for line in _facts(spec))]
    if rows:
        parts.append(_table(["Field", "Kind", "Must be there", "What is sent"], rows))
    if spec.options.model_fields:
        parts.append(f"Options\n\n{_settings(spec.options)}")
    return "\n\n".join(parts)


def _facts(spec: ObjectSpec) -> Iterator[str]:
    limits = spec.limits
    once = "sent once per occurrence" if spec.kind == "message" else "kept equal to the warehouse"
    repeat = "a call may be repeated" if spec.idempotent else "a call is never repeated in doubt: the row is `unknown`"
    yield f"A {spec.kind}: {once}; {repeat}."
    yield f"`match`: {', '.join(sorted(spec.matches))}. `on_leave`: {', '.join(sorted(spec.on_leave))}."
    yield f"Consent: {f'channel {spec.channel}' if spec.channel else 'the channel that the sync names'}."
    sizes = f"{limits.max_rows:,} rows, {limits.max_bytes:,} bytes a call, {limits.max_item_bytes:,} bytes a row"
    paces = [
        f"{limits.per_second:g} calls a second" if limits.per_second else "",
        f"{limits.per_day:,} calls a day" if limits.per_day else "",
        f"{limits.concurrency} at once" if limits.concurrency > 1 else "",
    ]
    yield f"Limits: {', '.join([sizes, *(pace for pace in paces if pace)])}."
    if spec.receipts:
        hours = spec.receipts.deadline / 3600
        yield f"Answers later: asked after {spec.receipts.first_poll:g} s, overdue after {hours:g} hours."
    if spec.changed_fields_only:
        yield "A change carries only the fields that differ."
    if spec.clears:
        yield "A value that is gone is cleared there."


def _field(field: FieldSpec) -> list[str]:
    needed = "yes" if field.required else "identifier" if field.identifier else ""
    return [field.kind, needed, f"its {field.hash.upper()}" if field.hash else "the value"]


def _kind(field: FieldInfo) -> str:
    found = field.annotation
    if get_origin(found) is Literal:
        return f"one of {', '.join(f'`{word}`' for word in get_args(found))}"
    shown = found.__name__ if isinstance(found, type) else str(found).replace("typing.", "")
    return shown.replace(" | None", "").replace("|", "or").replace("NoneType", "none")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    return "" if field.default in (None, "") or field.default_factory else f"`{field.default}`"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', 'or') for cell in row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def main(root: Path = Path()) -> None:
    """Rewrites every page below `root`."""
    for connector in CONNECTORS.values():
        path = root / FOLDER / f"{connector.name}.md"
        path.write_text(page(connector, root), encoding="utf-8")


if __name__ == "__main__":
    main()
