"""All segment files of the enabled source groups, parsed and checked against the catalog and each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from heddle.errors import SegmentError
from heddle.segments.advice import advise
from heddle.segments.catalog import Catalog
from heddle.segments.catalog_loader import load_catalog
from heddle.segments.document import SIZE_LIMIT
from heddle.segments.experiments import check_salts
from heddle.segments.fault import Fault, Finding
from heddle.segments.freshness import check_freshness
from heddle.segments.nesting import check_nesting
from heddle.segments.parse import ParsedSegment, parse_segment
from heddle.segments.salvage import words_beside
from heddle.segments.segment import EVERYONE, Segment
from heddle.segments.values import is_word
from heddle.segments.vocabulary import check_words
from heddle.settings import Settings

FOLDER = "segments_yaml"
RESERVED = {"memberships", "changes", "runs", "backfills", EVERYONE}


@dataclass(frozen=True)
class SegmentFile:
    """One file. `segment` is None when it has an error; `faults` also holds warnings.

    `name` is the file's: it is known even when the content cannot be read.
    """

    name: str
    group: str
    file: str
    text: str
    segment: Segment | None
    faults: tuple[Fault, ...]

    @property
    def definition_hash(self) -> str:
        return sha256(self.text.encode("utf-8", "replace")).hexdigest()[:16]


def catalog_of(settings: Settings) -> Catalog:
    """The catalog that the data team publishes. Raises SegmentError."""
    project = settings.root / "dbt_project"
    return load_catalog(project / "models" / "profiles", settings.time_zone, project / "seeds")


@dataclass(frozen=True)
class SourceText:
    """What a file of a source group says, today or in another version; `file` is relative to the root."""

    group: str
    file: str
    text: str


def read_workspace(settings: Settings, catalog: Catalog) -> tuple[SegmentFile, ...]:
    """Every segment file of the enabled groups, in the order of their paths."""
    return check_texts([_read(path, group, settings.root) for group, path in _paths(settings)], catalog)


def check_texts(texts: Iterable[SourceText], catalog: Catalog) -> tuple[SegmentFile, ...]:
    """Every text parsed and checked against the catalog and the others, in their order."""
    read = [
        _Source(Path(one.file).stem, one.group, one.file, one.text, parse_segment(one.text, one.file)) for one in texts
    ]
    valid = {source.name: source.parsed.segment for source in read if source.parsed.segment}
    nesting = check_nesting(valid, [source.name for source in read])
    salts, freshness = check_salts(valid), check_freshness(valid)
    seen: dict[str, str] = {}
    files = []
    for source in read:
        findings = _name_findings(source, seen.setdefault(source.name, source.file))
        segment = source.parsed.segment
        if segment is not None:
            findings += (
                check_words(segment, catalog) + nesting[source.name] + salts[source.name] + freshness[source.name]
            )
            findings += advise(segment, catalog) if not _errors(findings) else []
        else:
            findings += words_beside(source.parsed.document.data, catalog, [one.name for one in read])
        files.append(_checked(source, findings))
    return tuple(files)


@dataclass(frozen=True)
class _Source:
    name: str
    group: str
    file: str
    text: str
    parsed: ParsedSegment


def _paths(settings: Settings) -> Iterator[tuple[str, Path]]:
    for group in settings.sources:
        folder, staging = settings.root / FOLDER / group, settings.dbt_project / "models/staging"
        if not folder.is_dir() and staging.is_dir() and not (staging / group).is_dir():
            # a slip of the pen in HEDDLE_SOURCES would have every segment pass
            raise SegmentError(f"there is no source group {group!r}", FOLDER, "HEDDLE_SOURCES names it")
        for path in sorted(folder.glob("*.y*ml")):
            yield group, path


def _read(path: Path, group: str, root: Path) -> SourceText:
    with path.open("rb") as stream:
        raw = stream.read(SIZE_LIMIT + 1)
    return SourceText(group, path.relative_to(root).as_posix(), raw.decode("utf-8", "replace"))


def _name_findings(source: _Source, first: str) -> list[Finding]:
    segment = source.parsed.segment
    findings = []
    if first != source.file:
        findings.append(Finding(("segment",), f"the name {source.name} is taken by {first}", "names are unique"))
    if not is_word(source.name) or not source.file.endswith(".yml"):
        findings.append(Finding((), "a segment file is named <segment>.yml: small letters, digits and _"))
    elif segment is not None and segment.name != source.name:
        what = f"the segment is called {segment.name} and the file {source.name}.yml"
        findings.append(Finding(("segment",), what, "give both the same name"))
    if source.name in RESERVED:
        findings.append(Finding(("segment",), f"the name {source.name} is used by Heddle itself", "choose another"))
    return findings


def _errors(findings: Iterable[Finding | Fault]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _checked(source: _Source, findings: list[Finding]) -> SegmentFile:
    located = [source.parsed.document.locate(finding) for finding in findings]
    faults = tuple(sorted({*source.parsed.faults, *located}))
    segment = None if _errors(faults) else source.parsed.segment
    return SegmentFile(source.name, source.group, source.file, source.text, segment, faults)


def read_draft(settings: Settings, catalog: Catalog, path: Path) -> SegmentFile:
    """One file, wherever it lies, checked beside the files of the workspace. Raises SegmentError when there is none.

    Outside the workspace a file may be called anything; its segment's name counts.
    """
    files = read_workspace(settings, catalog)
    for source in files:
        if (settings.root / source.file).resolve() == path.resolve():
            return source
    text, parsed = _text_of(path)
    segment = parsed.segment
    if segment is None:
        return _checked(
            _Source(path.stem, "", str(path), text, parsed),
            words_beside(parsed.document.data, catalog, [source.name for source in files]),
        )
    beside = {source.name: source.segment for source in files if source.segment} | {segment.name: segment}
    findings = check_words(segment, catalog)
    findings += check_nesting(beside, [*(source.name for source in files), segment.name])[segment.name]
    findings += check_salts(beside)[segment.name] + check_freshness(beside)[segment.name]
    findings += advise(segment, catalog) if not _errors(findings) else []
    return _checked(_Source(segment.name, "", str(path), text, parsed), findings)


def _text_of(path: Path) -> tuple[str, ParsedSegment]:
    try:
        with path.open("rb") as stream:
            text = stream.read(SIZE_LIMIT + 1).decode("utf-8", "replace")
    except OSError as error:
        raise SegmentError("the file cannot be read", where=str(path), hint=error.strerror) from None
    return text, parse_segment(text, str(path))
