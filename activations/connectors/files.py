"""Files: the whole audience in one file (CSV, JSONL or Parquet), replaced in one step whenever a row of it changed.

A run reads the present file, leaves out the rows it changes or removes, adds the new ones, and moves the result over
the old file. Rows are told apart by the key columns of the sync, which must be among its fields.
"""

import csv
import errno
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

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
from activations.file_places import Place, local_place
from activations.masking import mask_fields
from activations.outcomes import Delivered
from activations.remote_places import PlaceConfig, remote_place
from heddle.errors import StopSync

_CHECK = "check the folder in destinations.yml, its credentials and its rights"
Row = dict[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """Take out the rows with these keys, add these."""

    touched: set[Key]
    fresh: list[Row]
    key_fields: tuple[str, ...]

    def keeps(self, row: Row) -> bool:
        return _key(row, self.key_fields) not in self.touched


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

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        return {name: _spec(name) for name in _FORMATS}

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
        fresh = [] if batch.action == "remove" else [dict(operation.fields) for operation in batch.operations]
        touched = {_key(operation.fields, target.key_fields) for operation in batch.operations}
        edit = Edit(touched, fresh, target.key_fields)
        with self._answering(self._path(target), f"the file of {target.sync} cannot be written"):
            self._place.prepare()
            with self._place.edited(self._place.path(_name(target))) as (old, new):
                _FORMATS[target.object](old, new, edit)
        return BatchResult.same(batch, Delivered())

    def close(self) -> None:
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
        limits=Limits(max_rows=100_000, max_bytes=200_000_000),
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
    )


def _key(row: Mapping[str, object], names: tuple[str, ...]) -> Key:
    return tuple(str(row.get(name, "")) for name in names)


def _name(target: Target) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", target.audience).strip("._") or target.sync
    return f"{name}.{target.object}"


def _unusable(error: OSError, path: str, what: str) -> StopSync:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    hint = "free disk space and run again" if full else _CHECK
    return StopSync(f"{what} ({error.strerror or type(error).__name__})", path, hint)


def _rewrite_csv(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    present = io.TextIOWrapper(old, encoding="utf-8", newline="") if old else None
    text = io.TextIOWrapper(new, encoding="utf-8", newline="", write_through=True)
    reader = csv.DictReader(present or ())
    names = list(edit.fresh[0]) if edit.fresh else list(reader.fieldnames or ())
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(row for row in reader if edit.keeps(row))
    writer.writerows(edit.fresh)
    for wrapper in (present, text):
        if wrapper:
            wrapper.detach()


def _rewrite_jsonl(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    for line in old or ():
        if edit.keeps(json.loads(line)):
            new.write(line)
    for row in edit.fresh:
        new.write(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n")


def _rewrite_parquet(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    tables = [pq.read_table(old)] if old else []
    if tables:
        keys = zip(*(tables[0][name].to_pylist() for name in edit.key_fields), strict=True)
        tables = [tables[0].filter(pa.array([tuple(map(str, key)) not in edit.touched for key in keys], pa.bool_()))]
    if edit.fresh:
        fresh = pa.Table.from_pylist(edit.fresh)
        tables = [table.select([n for n in fresh.column_names if n in table.column_names]) for table in tables]
        tables.append(fresh)
    pq.write_table(_joined(tables), new)


def _joined(tables: list[pa.Table]) -> pa.Table:
    """All rows; a column whose type changed between runs becomes text."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.concat_tables([_as_text(table) for table in tables], promote_options="permissive")


def _as_text(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))


Rewrite = Callable[[IO[bytes] | None, IO[bytes], Edit], None]
_FORMATS: dict[str, Rewrite] = {"csv": _rewrite_csv, "jsonl": _rewrite_jsonl, "parquet": _rewrite_parquet}
