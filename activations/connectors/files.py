"""Files: the whole audience in one file (CSV, JSONL or Parquet), replaced in one step whenever a row of it changed.

A run reads the present file, leaves out the rows it changes or removes, adds the new ones, and moves the result over
the old file: in the middle of a large one, and at its end. What was not moved yet when it is killed is sent again.
Rows are told apart by the key columns of the sync, which must be among its fields.
"""

import errno
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from hashlib import md5
from urllib.parse import urlsplit

from activations.contract import (
    Batch,
    BatchResult,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Options,
    Surroundings,
    Target,
)
from activations.field_rules import email, phone
from activations.file_draft import Draft
from activations.file_edit import KnownFiles
from activations.file_formats import CONTINUE, FINISH, REWRITE, can_continue
from activations.file_places import Place, local_place
from activations.masking import mask_fields
from activations.outcomes import Delivered
from activations.remote_places import PlaceConfig, remote_place
from heddle.errors import StopSync

_CHECK = "check the folder in destinations.yml, its credentials and its rights"


class FilesConfig(PlaceConfig):
    """`folder` is below the outbox, or an absolute path, or a URL: `s3://bucket/path`, `sftp://user@host/path`, or one
    more that fsspec knows. S3: `key_env` and `secret_env`, without which the machine's own role is asked; `region`;
    `endpoint` of a store that is not Amazon's. SFTP: `password_env` or `private_key_env`, and the `host_key` of the
    server ("ssh-ed25519 AAAA..."), which otherwise must be in ~/.ssh/known_hosts."""


class FilesConnector(Connector):
    name = "files"
    Config = FilesConfig

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._config, self._surroundings = FilesConfig.model_validate(config), surroundings
        self._known = KnownFiles()
        self._drafts: dict[str, Draft] = {}

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        return {name: _spec(name) for name in REWRITE}

    def account(self) -> str:
        return f"files:{self._folder}"

    def check(self) -> None:
        with self._answering(self._folder):
            self._place.check()

    def holds(self, target: Target) -> bool:
        with self._answering(self._path(target)):
            return self._place.exists(self._place.path(_name(target)))

    def send(self, batch: Batch) -> BatchResult:
        target = batch.target
        with self._answering(self._path(target), f"the file of {target.sync} cannot be written"):
            self._place.prepare()
            self._write(self._place.path(_name(target)), batch)
        if not batch.more:
            self.publish(target)
        return BatchResult.same(batch, Delivered())

    def publish(self, target: Target) -> None:
        with self._answering(self._path(target), f"the file of {target.sync} cannot be written"):
            path = self._place.path(_name(target))
            draft = self._drafts.pop(path, None)
            if draft:
                try:
                    draft.show(FINISH.get(target.object))
                finally:
                    draft.discard()
                self._known.shown(path)

    def _write(self, path: str, batch: Batch) -> None:
        draft = self._drafts.get(path) or Draft(self._place, path)
        self._drafts[path] = draft
        kind = batch.target.object
        edit = self._known.edit(path, draft.so_far, batch)
        if draft.begun and edit.unmet and can_continue(kind, draft.file, edit):
            with draft.continued() as end:
                CONTINUE[kind](end, edit)
        else:
            with draft.rewritten() as (old, new):
                REWRITE[kind](old, new, edit)
        self._known.note(path, draft.so_far, edit)

    def close(self) -> None:
        for draft in self._drafts.values():
            draft.discard()
        if "_place" in vars(self):
            self._place.close()

    def preview(self, batch: Batch) -> str:
        rows = [json.dumps(mask_fields(operation.fields)) for operation in batch.operations]
        return "\n".join([f"{batch.action} {len(rows)} rows: {self._path(batch.target)}", *rows])

    @cached_property
    def _place(self) -> Place:
        """Opened when it is first needed: to look at a sync needs no server."""
        if "://" in self._config.folder:
            return remote_place(self._config, self._surroundings.secret)
        return local_place(self._surroundings.outbox / self._config.folder)

    @property
    def _folder(self) -> str:
        parts = urlsplit(self._config.folder)
        if "://" not in self._config.folder:
            return self._place.folder
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"

    def _path(self, target: Target) -> str:
        return f"{self._folder}/{_name(target)}"

    @contextmanager
    def _answering(self, path: str, what: str = "the place of the files does not answer") -> Iterator[None]:
        """Raises StopSync for what the place raises."""
        try:
            yield
        except OSError as error:
            raise _unusable(error, path, what) from None
        except self._place.errors as error:
            raise StopSync(f"{what} ({type(error).__name__})", path, _CHECK) from None


def _spec(name: str) -> ObjectSpec:
    return ObjectSpec(
        name=name,
        kind="record",
        channel=None,
        limits=Limits(max_rows=40_000, max_bytes=200_000_000),
        idempotent=True,
        matches=frozenset({"upsert"}),
        on_leave=frozenset({"nothing", "remove"}),
        fields={
            # not identifiers: a family may share them, and a file tells rows apart by their key
            "email": FieldSpec(kind="email", normalise=email),
            "phone": FieldSpec(kind="phone", normalise=phone),
        },
        open_fields=True,
        needs_key_fields=True,
        publish_every=400_000,
    )


def _name(target: Target) -> str:
    """The audience's, where that may name a file; else with what tells it from others that look alike then."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", target.audience).strip("._")
    if name != target.audience:
        name = f"{name or target.sync}-{md5(target.audience.encode()).hexdigest()[:6]}"
    return f"{name}.{target.object}"


def _unusable(error: OSError, path: str, what: str) -> StopSync:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    hint = "free disk space and run again" if full else _CHECK
    return StopSync(f"{what} ({error.strerror or type(error).__name__})", path, hint)
