"""How a name or a value becomes SQL text; every statement that is built from data goes through here."""

from collections.abc import Iterable


def identifier(name: str) -> str:
    """`name` as a quoted identifier, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: str) -> str:
    """`schema.name` as a quoted two-part name; the first dot separates."""
    return ".".join(identifier(part) for part in table.split(".", 1))


def column_list(names: Iterable[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def literal(value: str) -> str:
    """`value` as a string literal."""
    return "'" + value.replace("'", "''") + "'"
