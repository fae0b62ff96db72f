"""Which person is behind each record, written beside the raw data and never read by the pipeline."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from heddle.demo.crm import Children, Contacts
from heddle.demo.files import FileCount
from heddle.demo.parts import Part
from heddle.demo.people import COUNTRIES, GROUPS, HOUSEHOLD, People
from heddle.demo.shop import Orders, timestamps
from heddle.demo.stores import Receipts, is_filled
from heddle.demo.support import Tickets
from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, pick, positions, scramble, words
from heddle.demo.visits import Visits, anonymous_keys

Devices = tuple[Ints, Ints, Text, Flags]
Rows = tuple[tuple[str, ...], Text, Ints]
RECORDS = ("source", "record_type", "record_id", "person_id")
IDENTIFIERS = ("identifier_type", "identifier_value", "person_id")


class Truth:
    """The truth files, written part by part."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(
        self,
        part: Part,
        people: People,
        visits: Visits,
        orders: Orders,
        receipts: Receipts,
        contacts: Contacts,
        children: Children,
        tickets: Tickets,
    ) -> None:
        """The people of one part and everything that is theirs."""
        self._write("people", _people(people, orders, receipts, children))
        devices = _devices(part, visits)
        records = _records(people, visits, devices, orders, receipts, contacts, tickets)
        self._write("records", _table(RECORDS, people, records))
        self._write("identifiers", _table(IDENTIFIERS, people, _identifiers(part, people, devices, contacts)))

    def _write(self, name: str, table: pa.Table) -> None:
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema, compression="zstd")
        self._writers[name].write_table(table)

    def close(self, counts: dict[str, FileCount]) -> None:
        """Ends the files and writes what each raw file holds that is not good."""
        for writer in self._writers.values():
            writer.close()
        text = json.dumps({name: describe(count) for name, count in sorted(counts.items())}, indent=1)
        (self.folder / "broken_rows.json").write_text(text + "\n", encoding="utf-8")


def describe(count: FileCount) -> dict[str, Any]:
    """A file's counts: `rows` in it; of them `rejected` (by types), `odd` (load all the same), `duplicates`."""
    return {
        "rows": count.rows,
        "rejected": sum(count.rejected.values()),
        "odd": sum(count.odd.values()),
        "duplicates": count.duplicates,
        "rejected_by": dict(sorted(count.rejected.items())),
        "odd_by": dict(sorted(count.odd.items())),
    }


def _people(people: People, orders: Orders, receipts: Receipts, children: Children) -> pa.Table:
    size = people.size
    in_household = people.is_in(HOUSEHOLD)
    return pa.table(
        {
            "person_id": people.index,
            "group": pick(words(list(GROUPS)), people.group),
            "household_id": pa.array(people.index[people.owner], mask=~in_household),
            "country": pick(words(list(COUNTRIES)), people.country),
            "first_name": people.first_name,
            "last_name": people.last_name,
            "email": people.emails[0],
            "email_count": people.email_count,
            "phone": people.phone,
            "user_id": people.user_id,
            "in_crm": people.in_crm,
            "in_loyalty": people.in_loyalty,
            "joined_at": timestamps(people.joined),
            "last_active_at": timestamps(people.last_active),
            "online_orders": np.bincount(orders.person, minlength=size),
            "store_purchases": np.bincount(receipts.person, minlength=size),
            "children": np.bincount(children.parent, minlength=size),
        }
    )


def _devices(part: Part, visits: Visits) -> Devices:
    """Distinct pairs of a person and a device that the person used."""
    pairs = np.unique(np.column_stack([visits.person, visits.device]), axis=0)
    person, device = pairs[:, 0], pairs[:, 1]
    return person, device, hexadecimal(anonymous_keys(device, part.seed)), device % 8 == 4


def _records(
    people: People,
    visits: Visits,
    devices: Devices,
    orders: Orders,
    receipts: Receipts,
    contacts: Contacts,
    tickets: Tickets,
) -> Iterable[Rows]:
    everyone = np.arange(people.size)
    registered = everyone[people.is_registered]
    members = everyone[people.in_loyalty]
    guest = np.nonzero(orders.as_guest)[0]
    yield ("shop", "customer"), join("u:", pick(people.user_id, registered)), registered
    yield ("shop", "guest_order"), join("o:", pick(orders.order_id, guest)), orders.person[guest]
    person, _, anonymous, is_app = devices
    for source, there in (("web", ~is_app), ("app", is_app)):
        yield (source, "device"), join("a:", pick(anonymous, np.nonzero(there)[0])), person[there]
        who = np.unique(visits.person[visits.is_logged_in & (visits.is_app == (source == "app"))])
        yield (source, "user"), join("u:", pick(people.user_id, who)), who
    yield ("crm", "contact"), join("c:", contacts.contact_id), contacts.person
    carded = np.unique(receipts.person[is_filled(receipts.card)])
    yield ("pos", "card"), join("card:", pick(people.card_number, carded)), carded
    loose = np.nonzero(~is_filled(receipts.card))[0]
    yield ("pos", "receipt"), join("r:", pick(receipts.receipt_id, loose)), receipts.person[loose]
    yield ("loyalty", "member"), join("l:", pick(people.loyalty_id, members)), members
    yield ("support", "ticket"), join("t:", tickets.ticket_id), tickets.person
    yield ("club", "user"), join("u:", pick(people.user_id, registered)), registered


def _identifiers(part: Part, people: People, devices: Devices, contacts: Contacts) -> Iterable[Rows]:
    everyone = np.arange(people.size)
    registered, members = everyone[people.is_registered], everyone[people.in_loyalty]
    for which, emails in enumerate(people.emails):
        having = everyone[people.email_count > which]
        yield ("email",), pick(emails, having), having
    yield ("phone",), people.phone, everyone
    yield ("user_id",), pick(people.user_id, registered), registered
    yield ("loyalty_id",), pick(people.loyalty_id, members), members
    yield ("card_number",), pick(people.card_number, members), members
    yield ("crm_id",), contacts.contact_id, contacts.person
    person, device, anonymous, is_app = devices
    yield ("anonymous_id",), anonymous, person
    yield ("device_id",), join("d", hexadecimal(scramble(device[is_app], part.seed * 4 + 3))), person[is_app]


def _table(names: tuple[str, ...], people: People, rows: Iterable[Rows]) -> pa.Table:
    tables = []
    for labels, values, who in rows:
        same = np.zeros(len(who), np.int64)
        texts = [*(pick(words([label]), same) for label in labels), values]
        tables.append(pa.table(dict(zip(names, [*texts, positions(people.index[who])], strict=True))))
    return pa.concat_tables(tables).combine_chunks()
