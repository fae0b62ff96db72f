"""The sandbox as one thing: every connection of destinations.yml that points at this machine gets a server."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from activations.connectors.smtp import SmtpConfig
from activations.connectors.webhook import WebhookConfig
from activations.destinations import Connection, load_destinations
from activations.http_connector import LOCAL_HOSTS, ApiConfig
from activations.sandbox.smtp import SmtpSandbox
from activations.sandbox.vendor_server import VendorSandbox
from activations.sandbox.webhook import WebhookSandbox
from heddle.errors import SyncError
from heddle.settings import Settings

WAIT_SECONDS = 120.0
Server = TypeVar("Server")
Tell = Callable[[str], None]


def _in_silence(_: str) -> None:
    return


@dataclass(frozen=True)
class Waiting:
    """For how many seconds a port is waited for, and who is told."""

    seconds: float
    tell: Tell


@dataclass(frozen=True)
class Sandbox:
    """The servers that run, by connection."""

    smtp: dict[str, SmtpSandbox]
    webhook: dict[str, WebhookSandbox]
    vendors: dict[str, VendorSandbox]  # by address: one server answers like all of them


@contextmanager
def running(settings: Settings, wait: float = WAIT_SECONDS, tell: Tell = _in_silence) -> Iterator[Sandbox]:
    """Local mail, webhook and vendor servers while the block runs; customers answer the mail when it ends.

    Mail and requests are kept below `settings.outbox`. Waits up to `wait` seconds for a port that another run's sandbox
    holds, and tells that it does, then raises SyncError.
    """
    sandbox, waiting = Sandbox({}, {}, {}), Waiting(wait, tell)
    with ExitStack() as stack:
        for connection in load_destinations(settings).connections.values():
            config = connection.config
            if isinstance(config, SmtpConfig) and config.host in LOCAL_HOSTS:
                sandbox.smtp[connection.name] = stack.enter_context(_mail(settings, connection, config, waiting))
            if isinstance(config, WebhookConfig) and urlsplit(config.url).hostname in LOCAL_HOSTS:
                sandbox.webhook[connection.name] = stack.enter_context(_webhook(settings, connection, config, waiting))
            address = _local_address(config.base_url) if isinstance(config, ApiConfig) else None
            if isinstance(config, ApiConfig) and address and address not in sandbox.vendors:
                sandbox.vendors[address] = stack.enter_context(_vendors(settings, connection, config, waiting))
        yield sandbox


def _mail(
    settings: Settings, connection: Connection, config: SmtpConfig, waiting: Waiting
) -> AbstractContextManager[SmtpSandbox]:
    demo = settings.data / "demo" if "demo" in settings.sources else None
    return _started(lambda: SmtpSandbox(config.host, config.port, settings.outbox / "mail", demo), connection, waiting)


def _webhook(
    settings: Settings, connection: Connection, config: WebhookConfig, waiting: Waiting
) -> AbstractContextManager[WebhookSandbox]:
    parts = urlsplit(config.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    return _started(lambda: WebhookSandbox(host, port, settings.outbox / "webhook"), connection, waiting)


def _vendors(
    settings: Settings, connection: Connection, config: ApiConfig, waiting: Waiting
) -> AbstractContextManager[VendorSandbox]:
    parts = urlsplit(config.base_url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    return _started(lambda: VendorSandbox(host, port, settings.outbox / "vendors"), connection, waiting)


def _local_address(url: str) -> str | None:
    parts = urlsplit(url)
    return f"http://{parts.netloc}" if parts.hostname in LOCAL_HOSTS else None


@contextmanager
def _started(
    make: Callable[[], AbstractContextManager[Server]], connection: Connection, waiting: Waiting
) -> Iterator[Server]:
    with ExitStack() as stack:
        yield _enter(stack, make, connection, waiting)


def _enter(
    stack: ExitStack, make: Callable[[], AbstractContextManager[Server]], connection: Connection, waiting: Waiting
) -> Server:
    until, told = time.monotonic() + waiting.seconds, False
    while True:
        try:
            return stack.enter_context(make())
        except OSError as error:
            if not told:
                taken = f"the port of {connection.name} is taken: is another sandbox, demo or dev running?"
                waiting.tell(f"{taken} Waiting for it, {waiting.seconds:.0f} s at most")
            told = True
            if time.monotonic() > until:
                raise SyncError(
                    f"the sandbox cannot listen for {connection.name}: {error.strerror or type(error).__name__}",
                    connection.where,
                    "another program uses the port: stop it, or give the connection another one",
                ) from None
            time.sleep(0.2)
