"""The text of generated dbt files. A person's text never reaches Jinja: not in SQL, not in yml."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import Catalog
from heddle.segments.compiler import Clock, compile_segment, payload_columns, sql_text
from heddle.segments.describe import describe
from heddle.segments.segment import DAILY
from heddle.segments.workspace import SegmentFile

_ENABLED = "enabled=('{group}' in env_var('HEDDLE_SOURCES', 'demo').split(','))"
GRAIN = "One row per stay of a member."
_FROZEN_SQL = """select
    cast(null as {{ dbt.type_string() }}) as profile_id,
    cast(null as {{ dbt.type_string() }}) as member_key
where 1 = 0"""
# What JSON may hold as it is and YAML may not.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


def segment_model(source: SegmentFile, catalog: Catalog, dialect: str) -> str:
    """The SQL of one segment's model; of a file with faults, a model that keeps the membership as it is."""
    header = [
        f"{{#- Written by Heddle from {source.file}; edit that file, not this one. -#}}",
        "{{ config(materialized='membership', " + _ENABLED.format(group=source.group) + ") }}",
        "-- depends_on: {{ ref('segment_runs') }}",
    ]
    if source.segment is None:
        return "\n".join([*header, _FROZEN_SQL, ""])
    tree = compile_segment(source.segment, catalog, Clock.dbt())
    clock = ["{%- set at = as_of() | trim -%}", "{%- set today = local_date(at) | trim %}"]
    return "\n".join([*header, *clock, sql_text(_with_refs(_without_jinja(tree)), dialect), ""])


def segment_yml(source: SegmentFile, catalog: Catalog, commit: str | None) -> str:
    """Description, owner, tag of the schedule, tests, and in meta.segment what the materialization reads."""
    segment = source.segment
    name = f"segment_{source.name}"
    owner = segment.owner if segment else None
    meta = {
        "name": source.name,
        "title": segment.title if segment else source.name,
        "group": source.group,
        "file": source.file,
        "definition_hash": source.definition_hash,
        "commit": commit,
        "refresh": (segment.refresh if segment else DAILY).words,
        "payload": payload_columns(segment, catalog) if segment else [],
        "personal": catalog.personal,
        "volume_guard": _guard(source),
        "frozen": segment is None,
    }
    words = describe(segment, catalog) if segment else "The file has faults: the stored membership stays as it was."
    lines = [
        f"# Written by Heddle from {source.file}; edit that file, not this one.",
        "version: 2",
        "models:",
        f"  - name: {name}",
        f"    description: {_text(f'{GRAIN} {words}')}",
        "    config:",
        "      access: public",
        f"      tags: {_text(['segment', *(segment.refresh if segment else DAILY).tags])}",
        f"      meta: {_text({'owner': owner, 'segment': meta} if owner else {'segment': meta})}",
        *_guard_test(source),
        "    columns:",
        "      - name: profile_id",
        "        description: The person, as in profiles.",
        "      - name: member_key",
        "        description: The member key of a segment with `per`, else empty text.",
        "      - {name: entered_at, description: The as_of of the run that saw the member enter.}",
        "      - {name: left_at, description: The as_of of the run that saw the member gone; null while in.}",
    ]
    return "\n".join([*lines, ""])


def group_model(group: str, names: Sequence[str]) -> str:
    """A view over every stay in every segment of one source group."""
    header = "{{ config(materialized='view', " + _ENABLED.format(group=group) + ") }}"
    segments = "".join(f"\n    '{name}': ref('segment_{name}')," for name in names)
    return f"{header}\n{{{{ stays_of_segments({{{segments}\n}}) }}}}\n"


def group_yml(group: str, names: Sequence[str]) -> str:
    arguments = f"{{name: sound_memberships_of_{group}, arguments: {{segments: {' '.join(names)}}}}}"
    test = f"    data_tests: [{{sound_memberships: {arguments}}}]\n" if names else ""
    return (
        "version: 2\nmodels:\n"
        f"  - name: segments_of_{group}\n"
        f"    description: One row per stay of a member in a segment of the source group {group}.\n"
        f'    config: {{meta: {{grain: "segment, profile_id, member_key, entered_at"}}}}\n{test}'
    )


def _guard_test(source: SegmentFile) -> list[str]:
    """A check of its own where a guard is declared; `no_segment_is_held_back` watches over all the others at once."""
    if not _guard(source):
        return []
    test = f"{{arguments: {{segment: {source.name}}}, config: {{severity: warn}}}}"
    return ["    data_tests:", f"      - volume_guard_holds: {test}"]


def _guard(source: SegmentFile) -> Mapping[str, Any] | None:
    guard = source.segment.volume_guard if source.segment else None
    return guard.model_dump(exclude_none=True) if guard else None


def _text(value: object) -> str:
    """JSON, which YAML reads; Jinja's opening marks are pulled apart because dbt renders yml values."""
    plain = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    return re.sub(r"\{(?=[{%#])", "{ ", plain)


def _without_jinja(tree: exp.Expr) -> exp.Expr:
    """Cuts text literals after every `{`, so that no Jinja mark survives inside one."""
    return tree.copy().transform(_cut_literal)


def _cut_literal(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Literal) or not node.is_string or "{" not in node.name:
        return node
    first, *rest = [part + "{" for part in node.name.split("{")]
    pieces = [first, *rest[:-1], rest[-1][:-1]] if rest else [first]
    joined: exp.Expr = exp.Literal.string(pieces[0])
    for piece in pieces[1:]:
        joined = exp.DPipe(this=joined, expression=exp.Literal.string(piece))
    return exp.paren(joined)


def _with_refs(tree: exp.Expr) -> exp.Expr:
    """Tables of other stages become ref(), which gives dbt its order and Dagster its lineage."""
    return tree.transform(_ref)


def _ref(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Table) or not node.db:
        return node
    return exp.Table(this=exp.var("{{ ref('" + node.name + "') }}"), alias=node.args.get("alias"))
