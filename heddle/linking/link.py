"""The linking step: candidates, estimation, scores, and the table that identity reads."""

import hashlib
import importlib.util
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from heddle.linking.candidates import Candidates, make_candidates
from heddle.linking.definition import definition_file, load_definition
from heddle.linking.errors import LinkingError
from heddle.linking.people import make_people
from heddle.linking.report import Report
from heddle.linking.splink_settings import Parameters, definition_hash
from heddle.linking.tables import MODELS, PAIRS, prepare_soft_links
from heddle.settings import Settings
from heddle.warehouse import Warehouse, identifier, literal

_NEEDED = ("identity_map", "identity_edges", "identity_links", "identity_withheld", "identity_nodes")


def link(warehouse: Warehouse, settings: Settings, estimate_again: bool = False) -> Report:
    """Scores the people of the last run and replaces `heddle.soft_links` in one transaction.

    The same data gives the same rows. Parameters are estimated when there are none for this model, when there are twice
    as many people as then, or when asked to: else scores would move a little every day, and people with them. Raises
    LinkingError when Splink is not installed, the model is wrong, or there are no people yet.
    """
    began = time.monotonic()
    _check_installed()
    definition = load_definition(definition_file(settings))
    _check_ready(warehouse)
    prepare_soft_links(warehouse)
    with _temporary_tables(warehouse), _quiet():
        at = warehouse.scalar("select max(as_of) from heddle.clock")
        make_people(warehouse)
        candidates = make_candidates(warehouse, definition, at)
        report = _scored(warehouse, candidates, estimate_again, at)
    return Report(**{**vars(report), "seconds": time.monotonic() - began})


def _scored(warehouse: Warehouse, candidates: Candidates, estimate_again: bool, at: object) -> Report:
    # Splink is optional and slow to import
    from heddle.linking.estimate import estimate
    from heddle.linking.score import MERGE, score

    definition = candidates.definition
    if not definition.comparisons or candidates.pairs_at_most == 0:
        with warehouse.transaction():
            warehouse.execute(f"delete from {PAIRS}")
        return Report(people=candidates.people, too_common=candidates.too_common, left_out=candidates.left_out)
    known = None if estimate_again else _kept_parameters(warehouse, candidates)
    parameters = known or estimate(warehouse, candidates)
    text = parameters.as_json(definition)
    model = hashlib.sha256(text.encode()).hexdigest()[:16]
    scored = score(warehouse, candidates, parameters, model, at)
    with warehouse.transaction():
        warehouse.execute(f"delete from {PAIRS}")
        warehouse.append(PAIRS, scored.rows)
        if known is None:
            warehouse.execute(f"delete from {MODELS}")
            row = [model, definition_hash(definition), text, candidates.people, at]
            warehouse.execute(f"insert into {MODELS} values (?, ?, ?, ?, ?)", row)
    merges = scored.rows.column("decision").to_pylist().count(MERGE)
    return Report(
        people=candidates.people,
        pairs=scored.pairs,
        merges=merges,
        reviews=scored.rows.num_rows - merges,
        estimated=known is None,
        model_hash=model,
        compared=tuple(c.field for c in definition.comparisons),
        too_common=candidates.too_common,
        left_out=candidates.left_out,
    )


def _kept_parameters(warehouse: Warehouse, candidates: Candidates) -> Parameters | None:
    found = warehouse.query(
        f"select parameters from {MODELS} where definition_hash = ? and people * 2 >= ?",
        [definition_hash(candidates.definition), candidates.people],
    ).to_pylist()
    return Parameters.from_json(found[0]["parameters"]) if found else None


def _check_installed() -> None:
    if importlib.util.find_spec("splink") is None:
        raise LinkingError(
            "soft links need Splink, which is not installed",
            hint="pip install 'heddle[link]', or go on without: HEDDLE_SOFT_LINKS is off by default",
        )


def _check_ready(warehouse: Warehouse) -> None:
    if warehouse.dialect != "duckdb":
        raise LinkingError(
            f"soft links are scored on DuckDB only, the warehouse is {warehouse.dialect}",
            hint="leave HEDDLE_SOFT_LINKS off",
        )
    missing = sorted(set(_NEEDED) - set(warehouse.tables("identity")))
    if missing:
        raise LinkingError(f"there is no identity.{missing[0]} yet", hint="run `heddle run` first")


@contextmanager
def _temporary_tables(warehouse: Warehouse) -> Iterator[None]:
    """Drops our temporary tables before (an earlier call on this connection may have failed) and after."""
    _drop_temporary(warehouse)
    try:
        yield
    finally:
        _drop_temporary(warehouse)


def _drop_temporary(warehouse: Warehouse) -> None:
    found = warehouse.query(
        "select table_name from duckdb_tables() where temporary "
        f"and (table_name like {literal('heddle!_link!_%')} escape '!' or table_name like '!_!_splink!_!_%' escape '!')"
    )
    for name in found.column(0).to_pylist():
        warehouse.execute(f"drop table if exists temp.{identifier(str(name))}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells its progress, and what it misses in the data, through logging: we tell it in the report."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
