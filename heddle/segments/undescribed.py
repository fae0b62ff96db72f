"""Events that sources send and nobody has described: stored and counted, but no segment can ask for them yet."""

from dataclasses import dataclass
from datetime import datetime

from heddle.segments.catalog import Catalog
from heddle.settings import Settings
from heddle.warehouse import open_warehouse

_SPANS = "profile_event_spans"


@dataclass(frozen=True)
class UndescribedEvent:
    """The name as staging gives it, how often and of how many people it is known, and when it was last seen."""

    name: str
    events: int
    people: int
    last_at: datetime


def undescribed_events(settings: Settings, catalog: Catalog, word: str = "") -> list[UndescribedEvent]:
    """Of the published run, the most frequent first; those with `word` in their name. Nothing before the first run."""
    if not settings.published_path.exists():
        return []
    copy = settings.model_copy(update={"warehouse_path": settings.published_path})
    with open_warehouse(copy, read_only=True) as wh:
        if _SPANS not in wh.tables("profiles"):
            return []
        found = wh.query(
            "select event as name, cast(sum(events) as bigint) as events, count(*) as people, max(last_at) as last_at "
            f"from profiles.{_SPANS} group by event order by events desc, event"
        )
    counted = [UndescribedEvent(**row) for row in found.to_pylist()]
    return [event for event in counted if event.name not in catalog.events and word.lower() in event.name.lower()]
