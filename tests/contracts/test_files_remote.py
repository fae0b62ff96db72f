"""Files on S3 and over SFTP, on servers of this process: the contract suite, and an upload that is killed."""

import asyncio
import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import boto3
import botocore.exceptions
import fsspec
import pyarrow.parquet as pq
import pytest
import requests
from connector_suite import ConnectorSuite, Failure, surroundings
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from activations.connectors.files import FilesConfig, FilesConnector
from activations.contract import Action, Connector, Operation
from activations.outcomes import Delivered
from heddle.errors import SettingsError, StopSync

SECRETS = {"KEY": "AKIAIOSFODNN7EXAMPLE", "SECRET": "wJalrXUtnFEMI", "PASSWORD": "sesame"}


class RemoteSuite(ConnectorSuite):
    """What is owed of files anywhere but on this machine."""

    settings: dict[str, object]

    def make(self, folder: Path, /, **other: object) -> Connector:
        made = FilesConnector(FilesConfig.model_validate({**self.settings, **other}), surroundings(folder, SECRETS))
        self.made.append(made)
        return made

    @pytest.fixture(autouse=True)
    def every_connection_is_closed(self) -> Iterator[None]:
        self.made: list[FilesConnector] = []
        yield
        for made in self.made:
            made.close()

    def operation(self, n: int, action: Action) -> Operation:
        return Operation(n, action, f"k{n}", {"key": f"k{n}", "email": f"person{n}@mail.example", "n": n})

    def stored(self) -> dict[str, bytes]:
        """What is at the place, by name."""
        raise NotImplementedError

    def held(self, folder: Path) -> set[str]:
        file = self.stored().get(f"a_list-1bd9c4.{self.object}")
        return {str(row["key"]) for row in rows(self.object, file)} if file else set()

    def test_a_change_replaces_the_row_and_nothing_partial_stays(self, connector: Connector) -> None:
        assert connector.holds(self.target()) is False
        self.send(connector, self.batch(*range(5_000)))
        self.send(connector, self.batch(1, action="change"))
        assert connector.holds(self.target()) is True
        assert set(self.stored()) == {f"a_list-1bd9c4.{self.object}"}
        assert len(rows(self.object, self.stored()[f"a_list-1bd9c4.{self.object}"])) == 5_000

    def test_a_run_that_is_killed_in_the_middle_leaves_the_old_file_whole(
        self, connector: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.send(connector, self.batch(0, 1))
        before = self.stored()[f"a_list-1bd9c4.{self.object}"]
        with monkeypatch.context() as patched:
            self.kill_uploads(connector._place.files, patched)
            with pytest.raises(KeyboardInterrupt):
                connector.send(self.batch(*range(2, 20_000)))
        assert self.stored()[f"a_list-1bd9c4.{self.object}"] == before
        again = self.make(Path())
        assert set(map(type, self.send(again, self.batch(*range(2, 20_000))).values())) == {Delivered}
        assert len(self.held(Path())) == 20_000 and set(self.stored()) == {f"a_list-1bd9c4.{self.object}"}

    def kill_uploads(self, files: Any, patched: pytest.MonkeyPatch) -> None:
        raise NotImplementedError

    def test_a_server_that_does_not_answer_for_a_moment_costs_no_row(
        self, connector: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """fsspec's `exists` is False then, and the new file would have the new rows alone."""
        self.send(connector, self.batch(0, 1))

        def silent(path: str, **_: object) -> None:
            raise TimeoutError(110, "timed out")

        with monkeypatch.context() as patched:
            patched.setattr(connector._place.files, "info", silent)
            with pytest.raises(StopSync, match="timed out"):
                connector.send(self.batch(2))
            with pytest.raises(StopSync):
                connector.holds(self.target())
        assert self.held(Path()) == {"k0", "k1"}

    def test_check_says_whether_it_answers(self, connector: Connector) -> None:
        connector.check()
        for failure in self.stops():
            with failure() as other, pytest.raises(StopSync):
                (other or connector).check()

    def test_a_preview_and_an_account_need_no_server_and_hold_no_secret(self, connector: Any, tmp_path: Path) -> None:
        apart = (
            self.make(tmp_path, endpoint="http://127.0.0.1:9") if "endpoint" in self.settings else self.make(tmp_path)
        )
        said = apart.preview(self.batch(0)) + apart.account()
        assert "://" in said and not [secret for secret in SECRETS.values() if secret in said]


class S3Suite(RemoteSuite):
    @contextmanager
    def destination(self, folder: Path) -> Iterator[object]:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.s3 = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        self.s3.create_bucket(Bucket="audiences")
        self.settings = {"folder": "s3://audiences/out", "key_env": "KEY", "secret_env": "SECRET",
                         "region": "us-east-1", "endpoint": self.endpoint}  # fmt: skip
        yield
        requests.post(f"{self.endpoint}/moto-api/reset", timeout=60)
        server.stop()

    def stored(self) -> dict[str, bytes]:
        found = self.s3.list_objects_v2(Bucket="audiences").get("Contents", [])
        read = {
            entry["Key"]: self.s3.get_object(Bucket="audiences", Key=entry["Key"])["Body"].read() for entry in found
        }
        return {name.removeprefix("out/"): body for name, body in read.items()}

    def stops(self) -> list[Failure]:
        @contextmanager
        def no_such_bucket() -> Iterator[Connector]:
            yield self.make(Path(), folder="s3://audience/out")

        @contextmanager
        def nobody() -> Iterator[Connector]:
            yield self.make(Path(), endpoint="http://127.0.0.1:9")

        @contextmanager
        def wrong_key() -> Iterator[Connector]:
            requests.post(f"{self.endpoint}/moto-api/reset-auth", data=b"0", timeout=60)
            yield self.make(Path())
            requests.post(f"{self.endpoint}/moto-api/reset-auth", data=b"inf", timeout=60)

        return [no_such_bucket, nobody, wrong_key]

    def kill_uploads(self, files: Any, patched: pytest.MonkeyPatch) -> None:
        def killed(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(files, "put_file", killed)

    def test_a_bucket_that_is_misspelt_is_not_made(self, connector: Connector) -> None:
        wrong = self.make(Path(), folder="s3://audience/out")
        for attempt in (wrong.check, lambda: wrong.send(self.batch(0))):
            with pytest.raises(StopSync):
                attempt()
        assert [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]] == ["audiences"]

    @pytest.mark.parametrize("call", ["put_object", "get_object", "head_object"])
    def test_a_store_that_gives_up_in_the_middle_keeps_the_old_file(
        self, connector: Any, monkeypatch: pytest.MonkeyPatch, call: str
    ) -> None:
        self.send(connector, self.batch(0, 1))
        before = self.stored()
        asked = connector._place.files._call_s3

        async def cut(method: str, *given: object, **more: object) -> object:
            if method == call:
                raise botocore.exceptions.ConnectionClosedError(endpoint_url=self.endpoint)
            return await asked(method, *given, **more)

        with monkeypatch.context() as patched:
            patched.setattr(connector._place.files, "_call_s3", cut)
            with pytest.raises(StopSync, match="ConnectionClosedError") as caught:
                connector.send(self.batch(2))
        assert self.stored() == before and "mail.example" not in str(caught.value)
        assert set(map(type, self.send(connector, self.batch(2)).values())) == {Delivered}


class TestCsvOnS3(S3Suite):
    object = "csv"


class TestParquetOnS3(S3Suite):
    object = "parquet"


class SftpSuite(RemoteSuite):
    @contextmanager
    def destination(self, folder: Path) -> Iterator[object]:
        self.home = folder / "home"
        self.home.mkdir()
        with SftpServer(self.home) as self.server:
            self.settings = {
                "folder": f"sftp://heddle@127.0.0.1:{self.server.port}/in/audiences",
                "password_env": "PASSWORD",
                "host_key": self.server.host_key,
            }
            yield

    def stored(self) -> dict[str, bytes]:
        folder = self.home / "in" / "audiences"
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}

    def stops(self) -> list[Failure]:
        def other(**settings: object) -> Failure:
            @contextmanager
            def once() -> Iterator[Connector]:
                yield self.make(Path(), **settings)

            return once

        nobody = {"folder": "sftp://heddle@127.0.0.1:9/in"}
        stranger = {"folder": f"sftp://stranger@127.0.0.1:{self.server.port}/in"}
        return [
            other(**nobody),
            other(**stranger),
            other(host_key=public(asyncssh.generate_private_key("ssh-ed25519"))),
        ]

    def kill_uploads(self, files: Any, patched: pytest.MonkeyPatch) -> None:
        put = files.put_file

        def half(local: str, path: str) -> None:
            whole = Path(local).read_bytes()
            Path(local).write_bytes(whole[: len(whole) // 2])
            put(local, path)
            raise KeyboardInterrupt

        patched.setattr(files, "put_file", half)

    def test_a_host_key_that_nobody_knows_is_never_taken(
        self, connector: Any, tmp_path: Path, monkeypatch: Any
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        for host_key in (None, public(asyncssh.generate_private_key("ssh-ed25519"))):
            with pytest.raises(StopSync, match="host key") as caught:
                self.make(tmp_path, host_key=host_key).check()
            assert "host_key" in str(caught.value.hint)
        assert not (tmp_path / ".ssh").exists()
        (tmp_path / ".ssh").mkdir()
        known = f"[127.0.0.1]:{self.server.port} {self.server.host_key}\n"
        (tmp_path / ".ssh" / "known_hosts").write_text(known)
        self.make(tmp_path, host_key=None).check()

    def test_a_private_key_opens_it_and_one_that_is_none_says_so(self, connector: Any, tmp_path: Path) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.server.authorize(key)
        config = {**self.settings, "password_env": None, "private_key_env": "PRIVATE"}
        for text, ok in ((key.export_private_key().decode(), True), ("no key", False)):
            made = FilesConnector(FilesConfig.model_validate(config), surroundings(tmp_path, {"PRIVATE": text}))
            self.made.append(made)
            if ok:
                made.check()
            else:
                with pytest.raises(StopSync, match="private key"):
                    made.check()

    def test_a_file_left_by_a_killed_upload_is_in_nobodys_way(self, connector: Connector) -> None:
        self.send(connector, self.batch(0))
        (self.home / "in" / "audiences" / f"a_list-1bd9c4.{self.object}.partial").write_bytes(b"half of a")
        self.send(connector, self.batch(1))
        assert self.held(Path()) == {"k0", "k1"} and set(self.stored()) == {f"a_list-1bd9c4.{self.object}"}


class TestCsvOverSftp(SftpSuite):
    object = "csv"


class TestJsonlOverSftp(SftpSuite):
    object = "jsonl"


class TestParquetOverSftp(SftpSuite):
    object = "parquet"


class SftpServer:
    """A server of its own thread and loop; `home` is all that it shows."""

    def __init__(self, home: Path) -> None:
        self._home, self._loop = home, asyncio.new_event_loop()
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._authorized: list[Any] = []
        self._connections: list[Any] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def host_key(self) -> str:
        return public(self._key)

    def authorize(self, key: Any) -> None:
        self._authorized.append(key)

    def __enter__(self) -> "SftpServer":
        authorized, connections = self._authorized, self._connections

        class Door(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                connections.append(conn)

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("heddle", SECRETS["PASSWORD"])

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: Any) -> bool:
                return key in [one.convert_to_public() for one in authorized]

        def shown(channel: Any) -> asyncssh.SFTPServer:
            return asyncssh.SFTPServer(channel, chroot=str(self._home).encode())

        async def start() -> Any:
            return await asyncssh.create_server(
                Door, "127.0.0.1", 0, server_host_keys=[self._key], sftp_factory=shown, config=None
            )

        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(start(), self._loop).result(10)
        self.port = self._server.get_port()
        return self

    def __exit__(self, *_: object) -> None:
        async def stop() -> None:
            self._server.close()
            for connection in self._connections:
                connection.abort()
                await connection.wait_closed()
            await self._server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def test_any_other_place_that_fsspec_knows_is_taken(tmp_path: Path) -> None:
    suite = TestJsonlOverSftp()
    suite.made = []
    suite.settings = {"folder": f"memory://{tmp_path.name}"}
    connector = suite.make(tmp_path)
    connector.check()
    for numbers in ((0, 1), (2,)):
        suite.send(connector, suite.batch(*numbers))
    files = fsspec.filesystem("memory")
    assert len(files.cat_file(f"/{tmp_path.name}/a_list-1bd9c4.jsonl").splitlines()) == 3
    assert len(files.ls(f"/{tmp_path.name}")) == 1


@pytest.mark.parametrize(("config", "said"), [
    ({"folder": "sftp://a:secret@h/x", "password_env": "P"}, "password_env"),
    ({"folder": "sftp://a@h/x"}, "one of them"),
    ({"folder": "sftp://a@h/x", "password_env": "P", "private_key_env": "K"}, "one of them"),
    ({"folder": "s3://b/x", "key_env": "K"}, "key_env and secret_env"),
])  # fmt: skip
def test_credentials_are_whole_and_never_in_the_address(config: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FilesConfig.model_validate(config)


def test_a_missing_library_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    config = FilesConfig(folder="s3://b/x")
    with pytest.raises(SettingsError) as caught:
        FilesConnector(config, surroundings(tmp_path)).check()
    assert caught.value.hint == "pip install 'heddle[s3]'"


def public(key: Any) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


def rows(kind: str, file: bytes) -> list[dict[str, object]]:
    if kind == "parquet":
        found: list[dict[str, object]] = pq.read_table(io.BytesIO(file)).to_pylist()
        return found
    text = file.decode()
    return (
        [json.loads(line) for line in text.splitlines()] if kind == "jsonl" else list(csv.DictReader(io.StringIO(text)))
    )


del ConnectorSuite, RemoteSuite, S3Suite, SftpSuite
