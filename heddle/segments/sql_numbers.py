"""Numbers in a query of `sql:` that every engine must make alike: whole ones, and parts of a moment."""

from sqlglot import exp

_WHOLE = (exp.Floor, exp.Ceil, exp.Count, exp.Length, exp.Extract, exp.RowNumber, exp.Rank)
# Of the others, engines disagree: about the first day of a week, and whether a second has fractions.
_PARTS_OF_A_MOMENT = ("year", "quarter", "month", "day", "hour", "minute")


def check_number(node: exp.Expr) -> None:
    """Raises ValueError where one warehouse would round and the other cut off, or count from another day."""
    if isinstance(node, exp.Cast) and node.to.this.name in ("INT", "BIGINT") and not _is_whole(node.this):
        raise ValueError(
            "a cast to int rounds on some warehouses and cuts off on others: say `cast(floor(...) as int)`"
        )
    if isinstance(node, exp.Extract) and node.name.lower() not in _PARTS_OF_A_MOMENT:
        raise ValueError(f"`extract` gives {', '.join(_PARTS_OF_A_MOMENT)}; of other parts warehouses disagree")
    if isinstance(node, exp.Floor | exp.Ceil) and [name for name, value in node.args.items() if value] != ["this"]:
        raise ValueError(f"`{node.key}` takes one number")


def _is_whole(node: exp.Expr) -> bool:
    """Whether a number surely has no fraction."""
    if isinstance(node, exp.Paren | exp.Neg | exp.Window):
        return _is_whole(node.this)
    return isinstance(node, _WHOLE) or (isinstance(node, exp.Literal) and node.is_int)
