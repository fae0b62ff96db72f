"""What `dagster dev` and `heddle run` load: every raw table, model, segment, sync and check, in one lineage."""

import dagster as dg

from activations import load_syncs
from heddle.ingestion import declared_tables
from heddle.segments import write_models
from heddle.settings import Settings
from heddle.transform import prepare
from orchestration.defs.activations import sync_assets
from orchestration.defs.automation import automation
from orchestration.defs.checks import expectation_checks
from orchestration.defs.ingestion import raw_assets
from orchestration.defs.resources import Heddle
from orchestration.defs.transform import dbt_definitions


@dg.definitions
def defs() -> dg.Definitions:
    """Build the definitions of the project this process runs in; segments are compiled and dbt parsed first."""
    return build_definitions(Settings.load())


def build_definitions(settings: Settings) -> dg.Definitions:
    """Definitions for these settings.

    A segment or sync file with a fault is left out and reported by `heddle segments check`, by the run's
    summary and by the `definitions_are_sound` check; the others are there.
    """
    tables = declared_tables(settings)
    write_models(settings)
    manifest = prepare(settings)
    syncs = load_syncs(settings)
    parts = [
        raw_assets(tables),
        dbt_definitions(manifest),
        expectation_checks(settings, manifest),
        sync_assets(syncs.syncs, manifest),
        automation(settings, tables),
    ]
    shared = dg.Definitions(resources={"heddle": Heddle()}, executor=dg.in_process_executor)
    return dg.Definitions.merge(shared, *parts)
