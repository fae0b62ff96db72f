"""`heddle demo generate`: the whole demo company, the same files for the same parameters."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from heddle.demo.baskets import make_baskets
from heddle.demo.catalogue import build_catalogue
from heddle.demo.club import write_club
from heddle.demo.consents import make_consents, write_consents
from heddle.demo.crm import make_children, make_contacts, write_crm
from heddle.demo.files import RawFiles
from heddle.demo.goods import write_products
from heddle.demo.journeys import make_actions
from heddle.demo.mailing import make_subscribers, write_mailing
from heddle.demo.parts import Part, parts
from heddle.demo.people import make_people
from heddle.demo.shop import make_orders, write_shop
from heddle.demo.stores import make_receipts, write_loyalty, write_receipts
from heddle.demo.support import make_tickets, write_tickets
from heddle.demo.times import DEFAULT_AS_OF, SECOND, milliseconds
from heddle.demo.tracking import write_tracking
from heddle.demo.truth import Truth, describe
from heddle.demo.visits import make_purchases, make_visits
from heddle.errors import HeddleError

FORMAT = 2
MANIFEST = "_manifest.json"
FEWEST_PEOPLE = 50
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Parameters:
    """What the content of the files depends on; `format` grows when the generator changes."""

    people: int
    seed: int
    as_of: str
    format: int = FORMAT


@dataclass(frozen=True)
class DemoSummary:
    """What is in the folder. `created` is false when the same company was there already; `seconds` is of this call."""

    folder: Path
    truth: Path
    people: int
    seed: int
    as_of: str
    created: bool
    seconds: float
    rows: dict[str, int]
    rejected: int
    odd: int
    bytes: int


def generate(
    folder: Path, people: int = 10_000, seed: int = 1, as_of: datetime = DEFAULT_AS_OF, progress: Progress | None = None
) -> DemoSummary:
    """Writes the raw files to `folder` and the truth to its sibling `<name>_truth`, replacing other parameters'.

    Args:
        folder: for the pipeline `<data>/demo`. Anything there that the demo did not write is refused, not deleted.
        people: how many people, at least 50.
        seed: at least 0; the same parameters give the same bytes.
        as_of: the instant of the demo clock; naive means UTC.
        progress: called with (what was done, people done so far) after every part.

    Raises:
        HeddleError: parameters out of range, or the folder holds something else.
    """
    if people < FEWEST_PEOPLE or seed < 0:
        raise HeddleError(
            f"the demo company needs at least {FEWEST_PEOPLE} people and a seed of 0 or more",
            hint="for example: heddle demo generate --people 10000 --seed 1",
        )
    started = time.monotonic()
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    wanted = Parameters(people, seed, iso_text(as_of))
    with FileLock(folder.parent / f".{folder.name}.lock"):
        created = _manifest(folder).get("parameters") != asdict(wanted) or not truth_folder(folder).is_dir()
        if created:
            _refuse_strangers(folder)
            _create(folder, wanted, milliseconds(as_of), progress)
        return _summary(folder, created, time.monotonic() - started)


def truth_folder(folder: Path) -> Path:
    """Where the truth about the raw files of `folder` is."""
    return folder.with_name(f"{folder.name}_truth")


def iso_text(instant: datetime) -> str:
    """An instant as in `clock.txt`, whole seconds."""
    return f"{datetime.fromtimestamp(milliseconds(instant) // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _create(folder: Path, wanted: Parameters, as_of: int, progress: Progress | None) -> None:
    """Builds beside, then swaps by renaming; a crash leaves the old company, or none, never half a one."""
    raw, truth = (path.with_name(f".{path.name}.new") for path in (folder, truth_folder(folder)))
    for leftover in (raw, truth):
        shutil.rmtree(leftover, ignore_errors=True)
    files = RawFiles(raw)
    answers = Truth(truth)
    goods = build_catalogue(wanted.seed, as_of)
    write_products(files, goods, wanted.seed)
    for part in parts(wanted.people, wanted.seed, as_of, goods):
        _write_part(files, answers, part)
        if progress:
            progress("people generated", part.first + part.size)
    answers.close(files.counts)
    (raw / "clock.txt").write_text(wanted.as_of + "\n", encoding="utf-8")
    _write_manifest(raw, wanted, files)
    _remove(folder)  # first, so that no old raw files ever stand beside a new truth
    _remove(truth_folder(folder))
    truth.rename(truth_folder(folder))
    raw.rename(folder)


def _write_part(files: RawFiles, truth: Truth, part: Part) -> None:
    people = make_people(part)
    purchases = make_purchases(part, people)
    visits = make_visits(part, people, purchases)
    baskets = make_baskets(part, people, purchases, visits)
    actions = make_actions(part, visits, baskets)
    orders = make_orders(part, people, visits, baskets, actions)
    receipts = make_receipts(part, people, baskets)
    contacts, children = make_contacts(part, people), make_children(part, people)
    tickets = make_tickets(part, people)
    truth.add(part, people, visits, orders, receipts, contacts, children, tickets)
    write_shop(files, part, people, visits, baskets, actions, orders)
    write_tracking(files, part, people, visits, baskets, actions)
    write_crm(files, part, people, contacts, children)
    write_receipts(files, part, people, baskets, receipts)
    write_loyalty(files, part, people, baskets, receipts, orders)
    write_mailing(files, part, people, make_subscribers(part, people))
    write_consents(files, part, people, make_consents(part, people))
    write_tickets(files, part, people, tickets)
    write_club(files, part, people)


def _write_manifest(raw: Path, wanted: Parameters, files: RawFiles) -> None:
    described = {name: describe(count) | {"bytes": (raw / name).stat().st_size} for name, count in files.counts.items()}
    manifest = {"parameters": asdict(wanted), "files": dict(sorted(described.items()))}
    (raw / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _refuse_strangers(folder: Path) -> None:
    for place, mark in ((folder, MANIFEST), (truth_folder(folder), "broken_rows.json")):
        if place.exists() and any(place.iterdir()) and not (place / mark).exists():
            raise HeddleError(
                "this folder was not written by the demo, so it is not replaced",
                where=str(place),
                hint="choose another folder, or move it away",
            )


def _remove(place: Path) -> None:
    """By renaming first: what is left of a removal that was killed is never taken for a company."""
    old = place.with_name(f".{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def _summary(folder: Path, created: bool, seconds: float) -> DemoSummary:
    manifest = _manifest(folder)
    rows: dict[str, int] = {}
    for name, entry in manifest["files"].items():
        table = name.split("-")[0].removesuffix(".parquet").replace("/", ".")
        rows[table] = rows.get(table, 0) + entry["rows"]
    entries = manifest["files"].values()
    parameters = manifest["parameters"]
    return DemoSummary(
        folder=folder,
        truth=truth_folder(folder),
        people=parameters["people"],
        seed=parameters["seed"],
        as_of=parameters["as_of"],
        created=created,
        seconds=seconds,
        rows=dict(sorted(rows.items())),
        rejected=sum(e["rejected"] for e in entries),
        odd=sum(e["odd"] for e in entries),
        bytes=sum(e["bytes"] for e in entries),
    )
