"""Which raw column a field of a file belongs to."""

import hashlib
from collections.abc import Sequence

from heddle.ingestion.raw_table import LOADING_COLUMNS, SYSTEM_COLUMNS

RESERVED = {*SYSTEM_COLUMNS, *LOADING_COLUMNS}


def column_for(field: str, known: Sequence[str], taken: set[str]) -> str:
    """The column of `known` that is spelled like `field` (case aside), else a new one; added to `taken`."""
    spelled = {name.lower(): name for name in known}
    column = unreserved(spelled.get(field.lower(), field))
    if column.lower() in taken:
        column = suffixed(field)
    number = 2
    while column.lower() in taken:
        column = f"{suffixed(field)}_{number}"
        number += 1
    taken.add(column.lower())
    return column


def unreserved(field: str) -> str:
    """`field`, unless that cannot be a column of a raw table."""
    return suffixed(field) if not field or field.lower() in RESERVED else field


def suffixed(field: str) -> str:
    """Columns do not differ by case alone in a warehouse: where fields do, one gets a suffix that depends on its
    exact spelling only, and so finds the same column in every later file."""
    return f"{field or 'column'}_{hashlib.blake2b(field.encode('utf-8', 'replace'), digest_size=3).hexdigest()}"
