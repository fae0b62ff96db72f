"""The sample of a preview: twenty members, the same ones for the same data."""

from pathlib import Path
from random import Random

from small_world import catalog

from heddle.segments import parse_segment
from heddle.segments.judged import Judged
from heddle.segments.preview.sample import SIZE, sample
from heddle.settings import Settings
from heddle.warehouse import open_warehouse

BODY = """segment: carts
title: Carts
per: cart_id
who:
  - did: cart_updated
  - trait: plan
    is: club
"""


def test_the_keys_of_one_person_have_one_order(tmp_path: Path) -> None:
    """However the rows lie, and also where the last column is the same for all of them."""
    segment = parse_segment(BODY, "carts.yml").segment
    assert segment is not None
    judged = Judged(query=None, verdicts={}, excluded={}, payload=("plan",))  # type: ignore[arg-type]  # is not read
    keys = [f"c{number:02}" for number in range(2 * SIZE)]
    shown = []
    with open_warehouse(Settings.load(tmp_path, state=tmp_path)) as wh:
        wh.execute("create schema profiles")
        columns = "first_name varchar, last_name varchar, email varchar, plan varchar, birth_date date"
        wh.execute(f"create table profiles.profiles (profile_id varchar, {columns})")
        wh.execute("insert into profiles.profiles (profile_id) values ('p1')")
        for seed in range(3):
            rows = ", ".join(f"('p1', '{key}', 'club')" for key in Random(seed).sample(keys, len(keys)))
            wh.execute(
                f"create or replace table found as select * from (values {rows}) as t(profile_id, member_key, plan)"
            )
            shown.append([row["cart_id"] for row in sample(wh, segment, judged, catalog())])
    assert shown == [keys[:SIZE]] * 3
