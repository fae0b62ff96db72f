"""What the names in a query of `sql:` stand for: tables in their schemas, columns with their tables."""

import re

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from heddle.segments.catalog import Catalog
from heddle.segments.fault import did_you_mean

_OF_THE_COMPILER = re.compile(r"rule_\d+")  # some engines get every common table expression at the top


def place_tables(tree: exp.Query, catalog: Catalog) -> None:
    """Puts every table into its schema. Raises ValueError for one that is no published model."""
    names = [cte.alias for cte in tree.find_all(exp.CTE)]
    for name in names:
        if name in catalog.published or names.count(name) > 1 or _OF_THE_COMPILER.fullmatch(name):
            raise ValueError(f"`{name}` is taken: give the common table expression another name")
    for table in _stored_tables(tree):
        _place(table, catalog)


def _stored_tables(tree: exp.Query) -> list[exp.Table]:
    """The tables that are no common table expression where they stand: a name means one only inside its own `with`,
    after its definition."""
    stored = {id(one): one for one in tree.find_all(exp.Table)}
    for scope in traverse_scope(tree):
        for table in scope.tables:
            if not table.db and table.name in scope.cte_sources:
                stored.pop(id(table), None)
    return list(stored.values())


def _place(table: exp.Table, catalog: Catalog) -> None:
    """Puts a published model into its schema."""
    extra = [name for name, value in table.args.items() if value and name not in ("this", "db", "alias")]
    known = catalog.published
    if extra or not isinstance(table.this, exp.Identifier) or table.name not in known:
        hint = did_you_mean(table.name, known) if table.name else ""
        raise ValueError(f"only published models can be read, by ref; `{table.name}` is none. {hint}".rstrip())
    if table.db not in ("", known[table.name].schema):
        raise ValueError(f"`{table.name}` is in the schema {known[table.name].schema}")
    table.set("db", exp.to_identifier(known[table.name].schema))


def resolved(tree: exp.Expr, catalog: Catalog) -> exp.Query:
    """Every column with the table it comes from."""
    schema = MappingSchema(dialect="duckdb")
    for name, model in catalog.published.items():
        schema.add_table(exp.table_(name, db=model.schema), dict.fromkeys(model.columns, "text"))
    try:
        found = qualify(tree, dialect="duckdb", schema=schema, quote_identifiers=False, identify=False)
    except SqlglotError as error:
        raise ValueError(_unresolved(str(error), catalog)) from None
    assert isinstance(found, exp.Query)
    if row := found.find(exp.TableColumn):
        raise ValueError(f"`{row.name}` is a whole row: name its columns")
    return found


def _unresolved(told: str, catalog: Catalog) -> str:
    found = re.search(r"[Cc]olumn:? ['\"]?(\w+)", told)
    if found is None or "mbiguous" in told:
        return f"a name is not clear: {told.splitlines()[0][:120]}"
    columns = {column for model in catalog.published.values() for column in model.columns}
    return f"unknown column `{found[1]}`. {did_you_mean(found[1], columns)}".rstrip()


def check_personal(tree: exp.Query, catalog: Catalog) -> None:
    """Personal data is in no column of any `select`, so none can come out under another name."""
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            published = catalog.published.get(source.name) if isinstance(source, exp.Table) else None
            if published and published.columns.get(column.name) and _is_selected(column):
                raise ValueError(
                    f"`{column.name}` is personal data, which is not copied beside members: use it in conditions"
                )


def _is_selected(column: exp.Expr) -> bool:
    """Whether a column is in what a `select` gives, however deep."""
    node: exp.Expr | None = column
    while node is not None:
        if isinstance(node.parent, exp.Select) and node.arg_key == "expressions":
            return True
        node = node.parent
    return False
