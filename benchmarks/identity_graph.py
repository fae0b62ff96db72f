"""A graph shaped like that of a customer data platform: what sources say about people, and who is behind each record.

    .venv/bin/python benchmarks/identity_graph.py --edges 1000000 --folder /tmp/graph

An edge is a link of a record with an identifier. Writes links.parquet and delta.parquet (source, record_id,
identifier_type, identifier_value, observed_at, loaded_at), truth.parquet (source, record_id, person), edges.parquet
(left_id, right_id: the links as two texts). The same number of edges gives the same rows. In it:

* 85 % of the people have an account; the others are known to the CRM or the loyalty scheme, or not at all;
* cookies per account after a power law (exponent 2.2, at most 200), but for one in 30 all of them logged in;
* households of 2-4 with one device in common, every third of them with one e-mail address;
* chains: 3 % of the people change their cookie 20-50 times, cookie i and i+1 on one record, numbers in sequence;
* junk: addresses and a phone of the block list, mailboxes of shops that the degree cap stops, and one address that
  no rule knows (HUB) in the CRM records of 2 % of the people;
* a delta of 1 % of the edges, loaded a day later: new people (40 %), new cookies of known people (45 %), cookies of
  nobody that now log in, which is a merge (15 %).
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, number, pick, scramble, words

HUB = "everybody.together@hub.example"
LISTED_EMAILS = ("test@test.com", "info@firm.example", "noreply@firm.example")
LISTED_PHONE = "+10000000000"
PEOPLE_PER_PART = 100_000
MOST_COOKIES = 200
BASE_DAY, DELTA_DAY = (np.datetime64(f"2026-06-0{day}T00:00:00", "us") for day in (1, 2))
LINKS = ("source", "record_id", "identifier_type", "identifier_value")


@dataclass(frozen=True)
class Rows:
    """Links of one kind: a record each, its person, the identifier."""

    source: str
    record: Text
    person: Ints
    identifier_type: str
    value: Text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    write_graph(arguments.folder, arguments.edges)


def write_graph(folder: Path, edges: int) -> None:
    """Write the four files; `edges` links (a handful fewer: no person is cut in two) and 1 % more in the delta."""
    folder.mkdir(parents=True, exist_ok=True)
    links, truth, strings = (_Writer(folder / name) for name in ("links.parquet", "truth.parquet", "edges.parquet"))
    written, part, people = 0, 0, 0
    while people % PEOPLE_PER_PART == 0 and written < edges:
        rows, new = _limited(list(_people(part, people, PEOPLE_PER_PART)), edges - written, people, PEOPLE_PER_PART)
        table = _links(rows, part, BASE_DAY)
        links.write(table)
        strings.write(_strings(table))
        truth.write(_truth(rows))
        written, part, people = written + table.num_rows, part + 1, people + new
    for writer in (links, strings, truth):
        writer.close()
    pq.write_table(_delta(edges // 100, part, people), folder / "delta.parquet")


def _people(part: int, first: int, count: int) -> Iterator[Rows]:
    """Everything that is known of people `first` .. `first + count - 1`."""
    rng = np.random.default_rng([1, part])
    person = first + np.arange(count)
    household = _households(rng, count) + first
    email_of = np.where((household % 3 == 0), household, person)
    email, phone, user = _email(email_of), _phone(person), _user(person)
    at = np.nonzero(_has_account(person))[0]
    yield from _online(rng, person[at], household[at], *(pick(column, at) for column in (email, phone, user)))
    yield from _crm(rng, person, email, phone)
    member, number_ = join("l:", number(person)), join("L", number(person))
    chosen = rng.random(count) < 0.3
    yield from _where(chosen, Rows("loyalty", member, person, "loyalty_id", number_))
    yield from _where(chosen, Rows("loyalty", member, person, "phone", phone))


def _has_account(person: Ints) -> Flags:
    chosen: Flags = scramble(person, 3) % np.uint64(20) < np.uint64(17)
    return chosen


def _online(
    rng: np.random.Generator, person: Ints, household: Ints, email: Text, phone: Text, user: Text
) -> Iterator[Rows]:
    """The account and what is seen with it."""
    account = join("u:", user)
    yield Rows("shop", account, person, "user_id", user)
    yield Rows("shop", account, person, "email", email)
    yield from _some(rng, 0.7, Rows("shop", account, person, "phone", phone))
    yield from _cookies(rng, person)
    yield from _devices(rng, person, household)
    yield from _chains(rng, person)
    yield from _junk(rng, person, user)


def _households(rng: np.random.Generator, count: int) -> Ints:
    """Position of the head of each person's household: 85 % live alone, the others are 2-4 neighbours in the list."""
    size = rng.choice(4, count, p=(0.94, 0.03, 0.02, 0.01)) + 1
    starts = np.cumsum(size) - size
    starts = starts[starts < count]
    return np.repeat(starts, np.diff(np.append(starts, count)))


def _cookies(rng: np.random.Generator, person: Ints) -> Iterator[Rows]:
    per_person = np.minimum(rng.zipf(2.2, len(person)), MOST_COOKIES)
    owner = np.repeat(person, per_person)
    place = _place(per_person)
    cookie = _cookie(owner * MOST_COOKIES + place)
    record = join("a:", cookie)
    yield Rows("web", record, owner, "anonymous_id", cookie)
    logged_in = (place > 0) | ~_has_lost_cookie(owner)
    yield from _where(logged_in, Rows("web", record, owner, "user_id", _user(owner)))


def _has_lost_cookie(person: Ints) -> Flags:
    """One account in thirty has a first cookie that nobody has logged in with; the delta logs some in."""
    chosen: Flags = _has_account(person) & (scramble(person, 9) % np.uint64(30) == 0)
    return chosen


def _devices(rng: np.random.Generator, person: Ints, household: Ints) -> Iterator[Rows]:
    """A phone or tablet of one's own, or that of the household; one record per device and account."""
    together = np.isin(household, household[household != person])
    chosen = together | (rng.random(len(person)) < 0.2)
    device = join("d", number(np.where(together, household, person)))
    record = join("d:", device, ":", number(person))
    yield from _where(chosen, Rows("app", record, person, "device_id", device))
    yield from _where(chosen, Rows("app", record, person, "user_id", _user(person)))


def _chains(rng: np.random.Generator, person: Ints) -> Iterator[Rows]:
    owner = person[rng.random(len(person)) < 0.03]
    length = rng.integers(20, 51, len(owner))
    first = owner * 51
    at = np.repeat(first, length - 1) + _place(length - 1)
    who = np.repeat(owner, length - 1)
    record = join("x:", number(at))
    for step in (0, 1):
        yield Rows("web", record, who, "anonymous_id", _sequential(at + step))
    yield Rows("web", join("x:", number(first)), owner, "user_id", _user(owner))


def _crm(rng: np.random.Generator, person: Ints, email: Text, phone: Text) -> Iterator[Rows]:
    """A contact names the e-mail or the phone, or both; 2 % of the people have the junk address of no rule there."""
    count = len(person)
    hub = rng.random(count) < 0.02
    chosen = hub | (rng.random(count) < 0.4)
    by = rng.random(count)
    contact, crm_id = join("c:K", number(person)), join("K", number(person))
    yield from _where(chosen, Rows("crm", contact, person, "crm_id", crm_id))
    yield from _where(chosen & ~hub & (by < 0.8), Rows("crm", contact, person, "email", email))
    yield from _where(chosen & (hub | (by > 0.5)), Rows("crm", contact, person, "phone", phone))
    yield from _where(hub, Rows("crm", contact, person, "email", _same(HUB, person)))


def _junk(rng: np.random.Generator, person: Ints, user: Text) -> Iterator[Rows]:
    """Tickets with an account and an address or number that is not the person's."""
    ticket = join("t:", number(person))
    fate = rng.random(len(person))
    listed = pick(words(LISTED_EMAILS), rng.choice(3, len(person), p=(0.7, 0.2, 0.1)))
    mailbox = join("counter", number(np.minimum(rng.zipf(1.4, len(person)), 300)), "@chain.example")
    kinds = ((fate < 0.006, "email", listed), (fate > 0.994, "phone", _same(LISTED_PHONE, person)))
    for chosen, kind, value in (*kinds, ((fate > 0.4) & (fate < 0.41), "email", mailbox)):
        yield from _where(chosen, Rows("support", ticket, person, kind, value))
        yield from _where(chosen, Rows("support", ticket, person, "user_id", user))


def _delta(edges: int, part: int, people: int) -> pa.Table:
    """New people, new cookies of known people, cookies of nobody that log in."""
    rng = np.random.default_rng([2, part])
    fresh, _ = _limited(list(_people(part + 1, people, 1 + edges // 10)), edges * 2 // 5, people, 1 + edges // 10)
    everyone = np.arange(people)
    known = rng.choice(everyone[_has_account(everyone)], edges * 9 // 40)
    cookie = _cookie(-1 - np.arange(len(known)))
    extended = [
        Rows("web", join("a:", cookie), known, "anonymous_id", cookie),
        Rows("web", join("a:", cookie), known, "user_id", _user(known)),
    ]
    late = rng.permutation(everyone[_has_lost_cookie(everyone)])[: edges * 3 // 20]
    merged = Rows("web", join("a:", _cookie(late * MOST_COOKIES)), late, "user_id", _user(late))
    return _links([*fresh, *extended, merged], part, DELTA_DAY)


def _limited(rows: list[Rows], most: int, first: int, count: int) -> tuple[list[Rows], int]:
    """(rows, people) of as many whole people as fit."""
    per_person = np.bincount(np.concatenate([r.person for r in rows]) - first, minlength=count)
    people = int(np.searchsorted(per_person.cumsum(), most, side="right"))
    kept = [part for r in rows for part in _where(r.person < first + people, r)]
    return kept, people


def _links(rows: list[Rows], part: int, day: np.datetime64) -> pa.Table:
    rng = np.random.default_rng([3, part])
    tables = []
    for r in rows:
        columns = (_same(r.source, r.person), r.record, _same(r.identifier_type, r.person), r.value)
        tables.append(pa.table(dict(zip(LINKS, columns, strict=True))))
    table = pa.concat_tables(tables)
    seconds = rng.integers(0, 365 * 86_400, table.num_rows).astype("timedelta64[s]")
    observed = pa.array((day - seconds).astype("datetime64[us]"))
    loaded = pa.array(np.full(table.num_rows, day))
    return table.append_column("observed_at", observed).append_column("loaded_at", loaded)


def _strings(links: pa.Table) -> pa.Table:
    """The links as pairs of texts."""
    source, record, kind, value = (cast(Text, links[name].combine_chunks()) for name in LINKS)
    return pa.table({"left_id": join("record:", source, ":", record), "right_id": join(kind, ":", value)})


def _truth(rows: list[Rows]) -> pa.Table:
    """One row per link (repeats of a record included)."""
    tables = [
        pa.table({"source": _same(r.source, r.person), "record_id": r.record, "person": pa.array(r.person)})
        for r in rows
    ]
    return pa.concat_tables(tables).group_by(["source", "record_id", "person"]).aggregate([])


class _Writer:
    """A Parquet file that grows by parts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.file, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer:
            self._writer.close()


def _where(chosen: Flags, rows: Rows) -> Iterator[Rows]:
    at = np.nonzero(chosen)[0]
    if len(at):
        yield Rows(rows.source, pick(rows.record, at), rows.person[at], rows.identifier_type, pick(rows.value, at))


def _some(rng: np.random.Generator, share: float, rows: Rows) -> Iterator[Rows]:
    return _where(rng.random(len(rows.person)) < share, rows)


def _place(lengths: Ints) -> Ints:
    """0, 1, 2 .. within each group of the given lengths."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _same(word: str, rows: Ints) -> Text:
    return pick(words([word]), np.zeros(len(rows), np.int64))


def _user(person: Ints) -> Text:
    return join("u", number(100_000_000 + person))


def _email(person: Ints) -> Text:
    return join("name", number(person), "@mail", number(person % 7), ".example")


def _phone(person: Ints) -> Text:
    return join("+48", number(500_000_000 + person))


def _cookie(key: Ints) -> Text:
    return hexadecimal(scramble(key, 5))


def _sequential(place: Ints) -> Text:
    return join("c", number(10_000_000_000 + place))


if __name__ == "__main__":
    main()
