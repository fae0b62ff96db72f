"""Where the answers come from: the readers' copy, so that no question ever waits for a run."""

from collections.abc import Iterator
from contextlib import contextmanager

from heddle.identity.errors import IdentityError
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

_NEEDED = (
    "identity_anchors",
    "identity_assignments",
    "identity_components",
    "identity_edges",
    "identity_links",
    "identity_map",
    "identity_merges",
    "identity_nodes",
    "identity_quarantine",
    "identity_records",
    "identity_withheld",
)


@contextmanager
def open_identity(settings: Settings) -> Iterator[Warehouse]:
    """The published copy, read-only. Raises WarehouseError when there is none, IdentityError when it is of a run
    that did not keep what the questions need."""
    copy = settings.model_copy(update={"warehouse_path": settings.published_path})
    with open_warehouse(copy, read_only=True) as wh:
        missing = sorted(set(_NEEDED) - set(wh.tables("identity")))
        if missing:
            raise IdentityError(
                f"the published warehouse has no {', '.join(missing)}",
                where=str(settings.published_path),
                hint="run `heddle run` first: it builds the identity tables and publishes them",
            )
        yield wh
