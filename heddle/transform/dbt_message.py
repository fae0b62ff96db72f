"""dbt's messages for people: where the fault is, and none of the data in it."""

import re

from heddle.errors import HeddleError, WarehouseError
from heddle.warehouse.masking import without_data
from heddle.warehouse.room import advice_on_room

_FILE = re.compile(r"\b((?:models|macros|tests|seeds|snapshots|analyses)/[\w./-]+\.(?:sql|yml|yaml|csv|md))")
# of a yml that it cannot read dbt gives the path below models/
_UNREAD = re.compile(r"Error reading \w+: ([\w./-]+) - ")
_LINE = re.compile(r"\bline[: ]+(\d+)", re.IGNORECASE)
_LONGEST = 600
# where in dbt's own macros it noticed, and code
_NOISE = ("compiled code at", "^", "LINE ", "> in macro", "> called by")


def without_values(message: str) -> str:
    """The message with the values of the data taken out; names, which DuckDB puts in double quotes, stay. One that
    says that disk or memory is full says what to do about it.

    A compilation error comes before any data is read: it quotes code, and stays whole.
    """
    lines = [line.strip() for line in without_data(message.strip()).splitlines()]
    told = [line for line in lines if line and not line.startswith(_NOISE)]
    text = " ".join(told)
    about_code = text.startswith("Compilation Error")
    if not about_code:
        text = re.sub(r"'[^'\n]*'", "'...'", text)
    shown = re.sub(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "...@...", text)[:_LONGEST]
    advice = None if about_code else advice_on_room(shown)
    return f"{shown} - {advice}" if advice else shown


def project_error(message: str) -> HeddleError:
    """A parse or compile error at dbt's `file:line` (or the file alone, when dbt does not know the line)."""
    if "lock on file" in message:
        return WarehouseError(
            "dbt could not open the warehouse: another process holds it",
            hint="wait for the other run to end, or stop it, and run again",
        )
    unread = _UNREAD.search(message)
    file, line = _FILE.search(message), _LINE.search(message)
    path = f"models/{unread[1]}" if unread else file[1] if file else None
    where = f"dbt_project/{path}" + (f":{line[1]}" if line else "") if path else None
    return HeddleError(_trimmed(message), where=where, hint="correct the file and run again" if where else None)


def _trimmed(message: str) -> str:
    lines = [line.rstrip() for line in without_data(message.strip()).splitlines()]
    return "\n  ".join(line.strip() for line in lines if line.strip())[: 2 * _LONGEST]
