"""DuckDB's messages without the data in them: what went wrong, the types and the columns stay."""

import re

# kinds of errors that quote what a row holds; the others quote names and SQL
_ABOUT_DATA = re.compile(r"\b(?:Conversion|Invalid Input|Out of Range|Constraint|FATAL|INTERNAL) Error: ?")
_STATEMENT = re.compile(r"\n\s*(?:LINE \d+:|compiled code at)")
# from the first quote to the last: a value may hold quotes and line ends itself
_QUOTED = re.compile(r"(['\"]).*(['\"])(.*)", re.DOTALL)
_TAIL = re.compile(
    r"(?: to | cannot be | when casting from source column | violates |, expected format | failed: )[^\n]*"
)
_NUMBER_VALUE = re.compile(r"(with value )\S+")
_NUMBER = re.compile(r"\d[\d.:/-]{4,}")


def without_data(message: str) -> str:
    """`message` with the values taken out of the part that an error about data tells; what stands before it stays,
    and of the error itself the first line. A message of another kind (catalog, binder, parser) is not changed."""
    kind = _ABOUT_DATA.search(message)
    return message if kind is None else message[: kind.end()] + masked_values(message[kind.end() :])


def masked_values(text: str) -> str:
    """One line: `text` with everything between quotes and every number of five digits or more masked."""
    told = _STATEMENT.split(text, maxsplit=1)[0].replace("can't", "cannot").strip()
    if told.startswith(("CHECK constraint", "NOT NULL constraint")):
        return told.partition("\n")[0]
    head, quote, quoted = _first_quote(told)
    if quote:
        whole = _QUOTED.fullmatch(quoted)
        tail = _TAIL.match(whole[3]) if whole else None
        told = f"{head}'...'{tail[0] if tail else ''}"
    line = told.partition("\n")[0]
    return _NUMBER.sub("...", _NUMBER_VALUE.sub(r"\1...", line))


def _first_quote(text: str) -> tuple[str, bool, str]:
    found = re.search(r"['\"]", text)
    return (text[: found.start()], True, text[found.start() :]) if found else (text, False, "")
