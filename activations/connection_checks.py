"""Every connection of destinations.yml tried: credentials and permissions, no side effect."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from activations.destinations import Destinations
from heddle.errors import HeddleError
from heddle.settings import Settings


@dataclass(frozen=True)
class ConnectionCheck:
    """`what` is None when the connection works. `sunset` is when the version of the API that is used ends."""

    name: str
    type: str
    ok: bool
    seconds: float
    what: str | None
    hint: str | None
    api_version: str | None
    sunset: str | None


def check_connections(
    destinations: Destinations, settings: Settings, only: str | None = None
) -> Iterator[ConnectionCheck]:
    """One per connection, in the order of the file; one that fails does not stop the others."""
    for name, connection in destinations.connections.items():
        if only and name != only:
            continue
        began = time.monotonic()
        what = hint = None
        try:
            connector = connection.open(settings)
            try:
                connector.check()
            finally:
                connector.close()
        except HeddleError as error:
            what, hint = error.what, error.hint
        except Exception as error:  # its text may quote a secret
            what, hint = f"the connector failed with {type(error).__name__}", connection.where
        kind = connection.connector
        seconds = round(time.monotonic() - began, 2)
        yield ConnectionCheck(name, kind.name, what is None, seconds, what, hint, kind.api_version, kind.api_sunset)
