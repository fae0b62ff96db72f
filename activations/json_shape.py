"""JSON of a wanted shape: `{name}` in its texts stands for a value. Values are put in after the shape was read, so that
none of them can change it."""

import re
from collections.abc import Iterator, Mapping

_NAME = re.compile(r"\{(\w+)\}")


def shaped(shape: object, values: Mapping[str, object]) -> object:
    """A text that is one name becomes the value as it is, a number or a list too; in a longer text it is written out. A
    name without a value is null, or nothing in a longer text."""
    if isinstance(shape, Mapping):
        return {name: shaped(part, values) for name, part in shape.items()}
    if isinstance(shape, list | tuple):
        return [shaped(part, values) for part in shape]
    if not isinstance(shape, str):
        return shape
    whole = _NAME.fullmatch(shape)
    return values.get(whole[1]) if whole else _NAME.sub(lambda found: _text(values.get(found[1])), shape)


def names_in(shape: object) -> Iterator[str]:
    """Every name that a shape asks for."""
    if isinstance(shape, Mapping):
        for part in shape.values():
            yield from names_in(part)
    elif isinstance(shape, list | tuple):
        for part in shape:
            yield from names_in(part)
    elif isinstance(shape, str):
        yield from _NAME.findall(shape)


def _text(value: object) -> str:
    return "" if value is None else str(value)
