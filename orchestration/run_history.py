"""What Dagster remembers of runs, forgotten after a while: one every quarter of an hour, eight megabytes each."""

from datetime import datetime

import dagster as dg

AT_ONCE = 200


def forget_old_runs(instance: dg.DagsterInstance, before: datetime, at_once: int = AT_ONCE) -> int:
    """How many runs that were created before then were forgotten, their events and checks with them: the oldest first,
    `at_once` at most, so that no run waits long for it. What the warehouse says of runs stays."""
    old = instance.get_run_records(dg.RunsFilter(created_before=before), limit=at_once, ascending=True)
    for record in old:
        instance.delete_run(record.dagster_run.run_id)
    return len(old)
