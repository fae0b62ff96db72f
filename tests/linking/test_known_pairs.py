"""Records that identifiers joined teach how often one person's records disagree."""

from pathlib import Path

import pytest
from linked_warehouse import Person, linked_warehouse

from heddle.linking.candidates import VALUES
from heddle.linking.definition import Block, Comparison, Definition, Level
from heddle.linking.known_pairs import among_known_pairs

MODEL = Definition(
    comparisons=(
        Comparison(field="last_name", levels=(Level(edits=1),)),
        Comparison(field="email", levels=(Level(same="email_name"),)),
        Comparison(field="city"),
    ),
    block_on=(Block.model_validate(["last_name"]),),
    estimate_on=(("city",),),
)


def test_fields_that_joined_nobody_are_learnt_from_pairs_of_two_sources(tmp_path: Path) -> None:
    with linked_warehouse(tmp_path, [Person("r1", {}, {"email": "a@example.com"})]) as (warehouse, _):
        warehouse.execute(
            f"create temp table {VALUES} (person bigint, node bigint, source varchar, field varchar, value varchar)"
        )
        # two sources, the same name; every third has a typing error in one of them
        warehouse.execute(
            f"""insert into {VALUES}
            select i, 10 * i, 'shop', 'last_name', 'nowak' from range(300) as people (i)
            union all
            select i, 10 * i + 1, 'crm', 'last_name', if(i % 3 = 0, 'nowk', 'nowak') from range(300) as people (i)"""
        )
        found = among_known_pairs(warehouse, MODEL)
    # the e-mail address joined records and is left to EM, the town has no pairs
    assert set(found) == {"last_name"}
    same, one_edit, different = found["last_name"]
    assert same == pytest.approx(0.9 * 2 / 3 + 0.1 / 3)
    assert one_edit == pytest.approx(0.9 * 1 / 3 + 0.1 / 3)
    assert different == pytest.approx(0.1 / 3)
