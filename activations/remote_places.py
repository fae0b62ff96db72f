"""S3, SFTP and whatever else fsspec knows, opened with credentials from the environment."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import fsspec
from fsspec.asyn import sync
from pydantic import model_validator

from activations.file_places import RemotePlace
from activations.object_spec import Options
from heddle.errors import SettingsError, StopSync

_SECONDS = 30
_STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "r2")  # an object appears when it is whole


class PlaceConfig(Options):
    """Secrets by the names of their variables."""

    folder: str = "files"
    key_env: str | None = None
    secret_env: str | None = None
    region: str | None = None
    endpoint: str | None = None
    password_env: str | None = None
    private_key_env: str | None = None
    host_key: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if "://" in self.folder and urlsplit(self.folder).password:
            raise ValueError("no password in folder: name its variable in password_env")
        if bool(self.key_env) != bool(self.secret_env):
            raise ValueError("give key_env and secret_env, or neither")
        if self.folder.startswith("sftp://") and bool(self.password_env) == bool(self.private_key_env):
            raise ValueError("give password_env or private_key_env, one of them")
        return self


def remote_place(given: PlaceConfig, secret: Callable[[str], str]) -> RemotePlace:
    """Raises SettingsError where a library is missing, StopSync where the server is not who it should be."""
    scheme = urlsplit(given.folder).scheme
    if scheme == "s3":
        return _s3(given, secret)
    if scheme == "sftp":
        return _sftp(given, secret)
    files, folder = fsspec.core.url_to_fs(given.folder)
    return RemotePlace(files, folder, renames=scheme not in _STORES)


def _s3(given: PlaceConfig, secret: Callable[[str], str]) -> RemotePlace:
    """Without a key, the machine's own role is asked, as in any tool of AWS."""
    s3fs, botocore = _library("s3fs", "s3"), _library("botocore.exceptions", "s3")
    keys = {}
    if given.key_env and given.secret_env:
        keys = {"key": secret(given.key_env), "secret": secret(given.secret_env)}
    patience = {"connect_timeout": _SECONDS, "read_timeout": 2 * _SECONDS, "retries": {"max_attempts": 3}}
    files = s3fs.S3FileSystem(
        **keys,
        endpoint_url=given.endpoint,
        client_kwargs={"region_name": given.region} if given.region else {},
        config_kwargs=patience,
        use_listings_cache=False,  # another process writes here too
        skip_instance_cache=True,
    )
    folder = given.folder.removeprefix("s3://").rstrip("/")
    errors = (botocore.BotoCoreError, botocore.ClientError)
    return RemotePlace(files, folder, errors, lambda: files._s3 and files.close_session(files.loop, files._s3))


def _sftp(given: PlaceConfig, secret: Callable[[str], str]) -> RemotePlace:
    """The host key is the one that the connection names, else one of ~/.ssh/known_hosts; left alone, both libraries
    that fsspec has for SFTP take any. Keys, agents and settings of whoever runs this have no say."""
    sshfs, asyncssh = _library("sshfs", "sftp"), _library("asyncssh", "sftp")
    parts = urlsplit(given.folder)
    port = parts.port or 22
    host = str(parts.hostname) if port == 22 else f"[{parts.hostname}]:{port}"
    who: dict[str, Any] = {"client_keys": None, "password": None}
    if given.private_key_env:
        who["client_keys"] = [_private_key(asyncssh, secret(given.private_key_env))]
    if given.password_env:
        who["password"] = secret(given.password_env)
    try:
        files = sshfs.SSHFileSystem(
            parts.hostname,
            port=port,
            username=unquote(parts.username or ""),
            known_hosts=f"{host} {given.host_key}\n".encode() if given.host_key else (),
            config=None,
            agent_path=None,
            connect_timeout=_SECONDS,
            login_timeout=_SECONDS,
            keepalive_interval=_SECONDS,
            skip_instance_cache=True,
            **who,
        )
    except asyncssh.HostKeyNotVerifiable:
        hint = "ask its owner for the key, and put it into host_key of the connection or into ~/.ssh/known_hosts"
        raise StopSync("the host key of the server is not the one that is known", host, hint) from None
    folder = unquote(parts.path).rstrip("/")
    return RemotePlace(files, folder, (asyncssh.Error,), lambda: _hang_up(files), renames=True)


def _hang_up(files: Any) -> None:
    async def hang_up() -> None:
        files.client.close()
        await files.client.wait_closed()

    sync(files.loop, hang_up, timeout=_SECONDS)


def _private_key(asyncssh: Any, text: str) -> Any:
    try:
        return asyncssh.import_private_key(text)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        hint = "the variable must hold a private key in OpenSSH's or PEM form, without a passphrase"
        raise StopSync("the private key cannot be read", hint=hint) from None


def _library(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        hint = f"pip install 'heddle[{extra}]'"
        raise SettingsError(f"files on {extra} need a library that is not installed", hint=hint) from None
