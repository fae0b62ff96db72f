"""What `dagster dev` and `heddle run` load: every raw table, model, segment, sync and check, in one lineage."""

from collections.abc import Sequence

import dagster as dg

from activations import load_syncs
from heddle.ingestion import declared_tables
from heddle.segments import write_models
from heddle.settings import Settings
from heddle.transform import prepare
from orchestration.defs.activations import sync_assets
from orchestration.defs.automation import automation
from orchestration.defs.checks import expectation_checks
from orchestration.defs.identity import identity_checks
from orchestration.defs.ingestion import raw_assets
from orchestration.defs.resources import Heddle
from orchestration.defs.segments import health_checks, refreshes, segment_definitions
from orchestration.defs.transform import dbt_definitions
from orchestration.timetable import slots_of


@dg.definitions
def defs() -> dg.Definitions:
    """Build the definitions of the project this process runs in; segments are compiled and dbt parsed first."""
    return build_definitions(Settings.load())


def build_definitions(settings: Settings) -> dg.Definitions:
    """Definitions for these settings.

    A segment or sync file with a fault is left out, the others are there; the asset `definitions` fails with
    every fault at its file and line.
    """
    tables = declared_tables(settings)
    segments = write_models(settings)
    manifest = prepare(settings)
    syncs = load_syncs(settings)
    faults = [
        str(fault) for fault in (*segments.faults, *syncs.faults) if getattr(fault, "severity", "error") == "error"
    ]
    rhythms = [*refreshes(manifest).values(), *(sync.schedule for sync in syncs.syncs)]
    parts = [
        dg.Definitions(assets=[definitions_asset(faults)]),
        raw_assets(tables),
        dbt_definitions(manifest, settings.root),
        segment_definitions(manifest),
        expectation_checks(settings, manifest),
        identity_checks(manifest),
        sync_assets(settings, syncs.syncs, manifest),
        automation(settings, tables, health_checks(manifest), slots_of(rhythms)),
    ]
    shared = dg.Definitions(resources={"heddle": Heddle()}, executor=dg.in_process_executor)
    return dg.Definitions.merge(shared, *parts)


def definitions_asset(faults: Sequence[str]) -> dg.AssetsDefinition:
    """Whether all segment and sync files say something that can be run."""

    @dg.asset(name="definitions", group_name="transform")
    def definitions(context: dg.AssetExecutionContext) -> None:
        """Fails with every fault of the segment and sync files, as `file:line:column: what`."""
        context.add_output_metadata({"faults": len(faults)})
        if faults:
            raise dg.Failure("\n".join(faults), allow_retries=False)

    return definitions
