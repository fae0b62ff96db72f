"""Files: the whole audience in one file (CSV, JSONL or Parquet), replaced in one step whenever a row of it changed.

A run reads the present file, leaves out the rows it changes or removes, adds the new ones, and moves the result over
the old file. Rows are told apart by the key columns of the sync, which must be among its fields.
"""

import csv
import errno
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import IO, Any
from urllib.parse import urlsplit

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from activations.contract import (
    Batch,
    BatchResult,
    Columns,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Options,
    Surroundings,
    Target,
)
from activations.field_rules import email, phone
from activations.file_edit import Edit, KnownFiles
from activations.file_places import Place, local_place
from activations.json_body import json_lines
from activations.json_rows import json_objects, written
from activations.masking import mask_fields
from activations.outcomes import Delivered
from activations.remote_places import PlaceConfig, remote_place
from heddle.errors import StopSync

_CHECK = "check the folder in destinations.yml, its credentials and its rights"
_AT_ONCE = 1 << 20  # bytes
_ROWS_AT_ONCE = 50_000


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
        with self._answering(self._path(target), f"the file of {target.sync} cannot be written"):
            self._place.prepare()
            path = self._place.path(_name(target))
            edit = self._known.edit(path, batch)
            with self._place.edited(path) as (old, new):
                _FORMATS[target.object](old, new, edit)
            if "://" not in self._config.folder:  # elsewhere, the network costs more than reading the rows
                self._known.note(path, edit)
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
    )


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
    known = list(reader.fieldnames or ())
    names = list(next(edit.fresh(), known))
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore")
    if edit.unmet and old and names == known:
        old.seek(0)
        shutil.copyfileobj(old, new, _AT_ONCE)
    else:
        edit.unmet = False
        writer.writeheader()
        writer.writerows(row for row in reader if edit.keeps(row))
    writer.writerows(edit.fresh())
    for wrapper in (present, text):
        if wrapper:
            wrapper.detach()


def _rewrite_jsonl(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    if edit.unmet and old:
        shutil.copyfileobj(old, new, _AT_ONCE)
    else:
        edit.unmet = False
        new.writelines(line for line in old or () if edit.keeps(_parsed(line)))
    rows = edit.batch.operations
    objects = json_objects(rows.fields) if edit.adds and isinstance(rows, Columns) else None
    new.writelines(json_lines(edit.fresh()) if objects is None else [written(objects, "\n")])


def _parsed(line: bytes) -> dict[str, object]:
    try:
        found: dict[str, object] = orjson.loads(line)
    except orjson.JSONDecodeError:  # a whole number beyond 64 bits, NaN
        found = json.loads(line)
    return found


def _rewrite_parquet(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    present = pq.ParquetFile(old) if old else None
    fresh = _table(edit)
    schema = _joint([*([present.schema_arrow] if present else []), *([fresh.schema] if fresh else [])])
    with pq.ParquetWriter(new, schema) as writer:
        for rows in present.iter_batches(_ROWS_AT_ONCE) if present else ():
            writer.write_table(_fitted(pa.table(rows) if edit.unmet else _kept(pa.table(rows), edit), schema))
        if fresh:
            writer.write_table(_fitted(fresh, schema))
    edit.unmet = edit.unmet and present is not None


def _table(edit: Edit) -> pa.Table | None:
    if not edit.adds:
        return None
    rows = edit.batch.operations
    if isinstance(rows, Columns):
        columns: Mapping[str, Any] = rows.fields
        return pa.table({name: pa.array(list(column)) for name, column in columns.items()})
    return pa.Table.from_pylist([dict(row) for row in edit.fresh()])


def _kept(rows: pa.Table, edit: Edit) -> pa.Table:
    keys = rows.select([name for name in edit.key_fields if name in rows.column_names]).to_pylist()
    return rows.filter(pa.array([edit.keeps(key) for key in keys], pa.bool_()))


def _joint(schemas: list[pa.Schema]) -> pa.Schema:
    """The columns of the newest rows; one whose type changed between runs becomes text, and all others with it."""
    names = schemas[-1].names if schemas else []
    plain = [pa.schema([one.field(name) for name in names if name in one.names]) for one in schemas]
    try:
        return pa.unify_schemas([pa.schema([]), *plain], promote_options="permissive").remove_metadata()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.schema([(name, pa.string()) for name in pa.unify_schemas([_texts(one) for one in plain]).names])


def _texts(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in schema.names])


def _fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    missing = pa.nulls(len(rows))
    columns = [rows.column(name) if name in rows.column_names else missing for name in schema.names]
    return pa.table([column.cast(schema.field(i).type) for i, column in enumerate(columns)], schema=schema)


Rewrite = Callable[[IO[bytes] | None, IO[bytes], Edit], None]
_FORMATS: dict[str, Rewrite] = {"csv": _rewrite_csv, "jsonl": _rewrite_jsonl, "parquet": _rewrite_parquet}
