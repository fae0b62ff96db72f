"""destinations.yml: the connections that syncs name. Secrets only by the name of an environment variable."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from activations.contract import Connector, Options, Surroundings
from activations.registry import CONNECTORS
from activations.yaml_file import Fault, YamlFile, YamlOrigin, did_you_mean, faults_of, read_yaml
from heddle.errors import SyncError
from heddle.settings import Settings

FILE = Path("activations/destinations.yml")


@dataclass(frozen=True)
class Connection:
    """One entry: which connector, and its settings."""

    name: str
    connector: type[Connector]
    config: Options
    where: str

    def open(self, settings: Settings) -> Connector:
        return self.connector(self.config, Surroundings(settings.outbox, settings.secret))


@dataclass(frozen=True)
class Destinations:
    connections: Mapping[str, Connection]
    declared: tuple[str, ...]
    faults: tuple[Fault, ...]

    def __getitem__(self, name: str) -> Connection:
        if name not in self.declared:
            raise SyncError(f"there is no destination {name!r}", str(FILE), did_you_mean(name, self.declared))
        if name not in self.connections:
            raise SyncError(f"the destination {name!r} cannot be used", str(FILE), "heddle sync plan shows its faults")
        return self.connections[name]


def load_destinations(settings: Settings) -> Destinations:
    """All connections that can be used, and every fault of the file."""
    read = read_yaml(settings.root / FILE, FILE)
    if isinstance(read, Fault):
        return Destinations({}, (), (read,))
    if not isinstance(read.data, dict):
        return Destinations({}, (), (Fault(f"{FILE}:1:1", "must map names to connections"),))
    connections: dict[str, Connection] = {}
    faults: list[Fault] = []
    for name, entry in read.data.items():
        found = _connection(name, entry, read)
        if isinstance(found, Connection):
            connections[name] = found
        else:
            faults += found
    return Destinations(connections, tuple(read.data), tuple(faults))


def _connection(name: str, entry: object, read: YamlFile) -> Connection | list[Fault]:
    origin: YamlOrigin = read.origin
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        return [Fault(origin.where(name), f"{name} needs a type", f"known: {', '.join(CONNECTORS)}")]
    connector = CONNECTORS.get(entry["type"])
    if connector is None:
        hint = did_you_mean(entry["type"], list(CONNECTORS))
        return [Fault(origin.where(name, "type"), f"unknown type {entry['type']!r}", hint)]
    settings = {key: value for key, value in entry.items() if key != "type"}
    try:
        config = connector.Config.model_validate(settings)
    except ValidationError as error:
        return faults_of(error, origin, connector.Config, (name,))
    return Connection(name, connector, config, origin.where(name))
