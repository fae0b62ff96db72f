"""`heddle sandbox`: every vendor's API on this machine."""

from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from activations.sandbox import VendorSandbox
from heddle.cli.terminal import out, table
from heddle.errors import SyncError
from heddle.settings import Settings


def sandbox(
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65535)] = 8030,
    host: Annotated[str, typer.Option(help="The address to listen at; 127.0.0.1 is this machine only.")] = "127.0.0.1",
    folder: Annotated[Path | None, typer.Option(help="Where to keep the vendors' state (default: the outbox).")] = None,
    forget: Annotated[bool, typer.Option(help="Start with empty vendors.")] = False,
) -> None:
    """One local server that answers like every vendor, remembers what it was sent, and fails when told to.

    Point a connection of destinations.yml at the base_url of its vendor, with any secret. The page shows what the
    vendors hold; docs/sandbox.md says how to make them fail.

    Example: `heddle sandbox --port 8030`
    """
    kept = folder or Settings.load().outbox / "vendors"
    server = VendorSandbox(host, port, kept)
    if forget:
        for vendor in server.vendors:
            server.forget(vendor)
    try:
        with server:
            rows = [[vendor.title, name, f"{server.url}/{name}"] for name, vendor in sorted(server.vendors.items())]
            out.print(table("", ["vendor", "type", "base_url"], rows))
            out.print(f"\nwhat they hold: {server.url}/ ; press Ctrl-C to stop")
            Event().wait()
    except KeyboardInterrupt:
        out.print("stopped")
    except OSError as error:
        hint = f"another program may use it: heddle sandbox --port {port + 1}"
        raise SyncError(f"the sandbox cannot listen at {host}:{port} ({error.strerror})", hint=hint) from None
