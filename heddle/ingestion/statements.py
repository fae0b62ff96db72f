"""The two statements of every load: rows that fit their types go in, the others are set aside with a reason.

A source relation has the columns of its fields, and `_file`, `_row`, `_text` (the row as it came), `_problem` (why
it is no row at all, or null).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heddle.warehouse import column_list, identifier, literal, qualified


@dataclass(frozen=True)
class Field:
    """One raw column of a source relation: `raw` is null only when the field is empty, `value` is also null
    when the field is not of `kind`. A row whose `required` field is empty does not fit either."""

    column: str
    kind: str
    raw: str
    value: str
    required: bool = False

    @property
    def fits(self) -> str:
        if self.required:
            return f"(not {self._is_empty} and {self.value} is not null)"
        return f"({self.raw} is null or {self.value} is not null)"

    @property
    def always_fits(self) -> bool:
        return self.raw == self.value and not self.required

    @property
    def why_not(self) -> str:
        """Of a row that it does not fit."""
        wrong = literal(f"column {self.column}: expected {self.kind}")
        if not self.required:
            return wrong
        empty = literal(f"column {self.column}: required, and empty")
        return f"case when {self._is_empty} then {empty} else {wrong} end"

    @property
    def _is_empty(self) -> str:
        """Of a required field: JSON and Parquet can say "" where CSV says nothing."""
        return f"coalesce({self.raw}, '') = ''" if self.kind == "varchar" else f"({self.raw} is null)"


def insert_rows(table: str, source: str, fields: Sequence[Field], also: str = "true") -> str:
    """Needs one parameter, the load time; `also` is a condition over `source`."""
    names = column_list([*(field.column for field in fields), "_loaded_at", "_file", "_row"])
    values = ", ".join([*(field.value for field in fields), "?::timestamp", "_file", "_row"])
    fits = " and ".join([also, "_problem is null", *(field.fits for field in fields if not field.always_fits)])
    return f"insert into {qualified(table)} ({names}) select {values} from {source} where {fits}"


def refused_rows(source: str, fields: Sequence[Field], also: str = "true") -> str:
    """The relation of _file, _row, _text and reason of the rows that `insert_rows` leaves out."""
    checked = [field for field in fields if not field.always_fits]
    reasons = [f"case when not {field.fits} then {field.why_not} end" for field in checked]
    typed = f"nullif(concat_ws('; ', {', '.join(reasons)}), '')" if reasons else "null"
    judged = f"select _file, _row, _text, coalesce(_problem, {typed}) as reason from {source} where {also}"
    return f"(select * from ({judged}) where reason is not null)"


def count_refused(refused: str) -> str:
    return f"select _file, reason, count(*) as refused from {refused} group by _file, reason"


def insert_refused(refused: str) -> str:
    """Needs three parameters: source, table and load time."""
    text = "rtrim(_text, chr(10) || chr(13))"
    return (
        "insert into raw.raw_rejects (source, table_name, file, line, text, reason, loaded_at) "
        f"select ?, ?, _file, _row, {text}, reason, ?::timestamp from {refused}"
    )


def evaluated(source: str, fields: Sequence[Field]) -> tuple[str, list[Field]]:
    """The relation with every field computed under a name that no raw column has, so that its values can be
    compared with the columns of the raw table in one statement."""
    computed = [(f"__raw_{at}", f"__value_{at}", field) for at, field in enumerate(fields)]
    columns = ", ".join(f"{field.raw} as {raw}, {field.value} as {value}" for raw, value, field in computed)
    relation = f"(select _file, _row, _text, _problem, {columns} from {source})"
    return relation, [replace(field, raw=raw, value=value) for raw, value, field in computed]


def not_stored(table: str, fields: Sequence[Field], up_to_row: int) -> str:
    """Condition: no row of `table` up to `up_to_row` of the same origin has just these values."""
    same = " and ".join(f"stored.{identifier(field.column)} is not distinct from {field.value}" for field in fields)
    return (
        f"not exists (select 1 from {qualified(table)} as stored "
        f"where stored._file = incoming._file and stored._row <= {up_to_row:d} and {same})"
    )


def not_refused(source: str, table: str, up_to_row: int) -> str:
    """Condition: no reject of this table up to `up_to_row` has just this text."""
    return (
        f"not exists (select 1 from raw.raw_rejects as known where known.source = {literal(source)} "
        f"and known.table_name = {literal(table)} and known.file = incoming._file "
        f"and known.line <= {up_to_row:d} and known.text = incoming._text)"
    )
