"""A Postgres server that lives as long as a test module: its own folder, its own port, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest


def _binaries() -> Path | None:
    """The folder of the server's programs: what is on the path, else Debian's folder of the newest version."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    versions = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    return max(versions, key=lambda folder: int(folder.parent.name), default=None)


BINARIES = _binaries()
needs_postgres = pytest.mark.skipif(
    BINARIES is None, reason="no Postgres server here: initdb is neither on the path nor in /usr/lib/postgresql/*/bin"
)


@contextmanager
def postgres_cluster() -> Iterator[str]:
    """Gives `postgresql://heddle@127.0.0.1:<port>/postgres`.

    Postgres refuses to run as root: then it runs as the user postgres.
    """
    assert BINARIES is not None
    folder = Path(tempfile.mkdtemp(prefix="heddle-pg-"))
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    run = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.getuid() != 0:
        run.pop("user")
    options = ["-A", "trust", "-U", "heddle", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([BINARIES / "initdb", "-D", data, *options], check=True, **run)
    command = [BINARIES / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
    server = subprocess.Popen([*command, "-c", "fsync=off"], **run)
    address = f"postgresql://heddle@127.0.0.1:{port}/postgres"
    try:
        _wait_until_up(address)
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # the fast shutdown: it does not wait for clients to leave
        server.wait(timeout=120)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_up(address: str) -> None:
    for _ in range(600):
        try:
            psycopg2.connect(address).close()
            return
        except psycopg2.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("Postgres did not start")
