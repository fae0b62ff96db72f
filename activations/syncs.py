"""All sync files of the enabled source groups, checked as one: every fault at once, with file, line and column."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from activations.contract import Connector, Match, ObjectSpec, Target
from activations.destinations import Connection, load_destinations
from activations.mapping import SyncMapping, compile_mapping
from activations.sync_checks import check_sync
from activations.sync_file import Sync
from activations.templates import Templates
from activations.yaml_file import Fault, did_you_mean, faults_of, read_yaml
from heddle.errors import SyncError
from heddle.settings import Settings

FOLDER = Path("activations/syncs")
TEMPLATES = Path("activations/templates")


@dataclass(frozen=True)
class SyncSet:
    """The syncs that can run, and every fault of those that cannot."""

    syncs: tuple[Sync, ...]
    faults: tuple[Fault, ...]

    def __getitem__(self, name: str) -> Sync:
        found = next((sync for sync in self.syncs if sync.sync == name), None)
        if found is None:
            own = [fault for fault in self.faults if Path(fault.where.split(":", 1)[0]).stem == name]
            if own:
                raise SyncError(f"the sync {name} has {len(own)} faults", own[0].where, own[0].what)
            hint = did_you_mean(name, [sync.sync for sync in self.syncs])
            raise SyncError(f"there is no sync {name!r} in the enabled sources", str(FOLDER), hint)
        return found


@dataclass(frozen=True)
class OpenSync:
    """A sync with everything that planning and delivering it needs."""

    sync: Sync
    connection: Connection
    spec: ObjectSpec
    mapping: SyncMapping
    connector: Connector

    @cached_property
    def match(self) -> Match:
        return self.sync.match or ("create_only" if self.spec.kind == "message" else "upsert")

    def target(self, as_of: datetime, held: int) -> Target:
        return Target(
            sync=self.sync.sync,
            object=self.spec.name,
            audience=self.sync.audience_name,
            match=self.match,
            on_leave=self.sync.on_leave,
            purpose=self.sync.purpose,
            as_of=as_of,
            key_fields=self.mapping.key_fields,
            options=self.mapping.options,
            held=held,
        )


def load_syncs(settings: Settings) -> SyncSet:
    """Reads `activations/syncs/<group>/*.yml` of the enabled groups; never raises for what a file says."""
    destinations = load_destinations(settings)
    templates = Templates(settings.root / TEMPLATES)
    syncs: list[Sync] = []
    faults = list(destinations.faults)
    for group, path in _files(settings):
        found = _read(path, group, settings)
        found = found if isinstance(found, list) else check_sync(found, destinations, templates, settings) or found
        if isinstance(found, Sync):
            faults += [*_same_name(found, syncs), *_same_audience(found, syncs)]
            syncs.append(found)
        else:
            faults += found
    return SyncSet(tuple(syncs), tuple(faults))


def open_sync(settings: Settings, sync: Sync) -> OpenSync:
    """Compiles the sync and opens its destination; the caller closes `connector`."""
    connection = load_destinations(settings)[sync.destination]
    spec = connection.connector.objects()[sync.object]
    mapping = compile_mapping(sync, spec, Templates(settings.root / TEMPLATES))
    return OpenSync(sync, connection, spec, mapping, connection.open(settings))


def account_of(settings: Settings, sync: Sync) -> str:
    """What the rate limits and locks of the sync's destination are held against."""
    connector = load_destinations(settings)[sync.destination].open(settings)
    try:
        return connector.account()
    finally:
        connector.close()


def answers_later(settings: Settings, sync: Sync) -> bool:
    """Whether the destination of the sync gives receipts that have to be asked about."""
    connection = load_destinations(settings).connections.get(sync.destination)
    return bool(connection and connection.connector.objects()[sync.object].receipts)


def _files(settings: Settings) -> Iterator[tuple[str, Path]]:
    for group in settings.sources:
        for path in sorted((settings.root / FOLDER / group).glob("*.yml")):
            yield group, path


def _read(path: Path, group: str, settings: Settings) -> Sync | list[Fault]:
    read = read_yaml(path, path.relative_to(settings.root))
    if isinstance(read, Fault):
        return [read]
    if not isinstance(read.data, dict):
        return [Fault(f"{read.origin.file}:1:1", "a sync file is a mapping that starts with `sync: <name>`")]
    try:
        sync = Sync.model_validate(read.data).located(group, read.origin)
    except ValidationError as error:
        return faults_of(error, read.origin, Sync)
    if sync.sync != path.stem:
        return [Fault(sync.where("sync"), f"the file of the sync {sync.sync} must be named {sync.sync}.yml")]
    return sync


def _same_name(sync: Sync, others: list[Sync]) -> list[Fault]:
    twin = next((other for other in others if other.sync == sync.sync), None)
    return [Fault(sync.where("sync"), f"{sync.sync} is also declared in {twin.where('sync')}")] if twin else []


def _same_audience(sync: Sync, others: list[Sync]) -> list[Fault]:
    """Of two syncs that keep one audience, one takes out whom the other put in."""
    place = (sync.destination, sync.object, sync.audience_name)
    twin = next(
        (o for o in others if (o.destination, o.object, o.audience_name) == place and o.sync != sync.sync), None
    )
    if twin is None or sync.on_leave == twin.on_leave == "nothing":
        return []
    said = (
        f"{twin.sync} keeps {sync.audience_name!r} of {sync.destination} as well: one takes out whom the other put in"
    )
    return [Fault(sync.where("audience"), said, "one sync per audience; a segment may be made of others: in_segment")]
