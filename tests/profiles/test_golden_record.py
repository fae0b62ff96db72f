"""The golden record: what survives by each strategy in any order of rows, and what no merge of people changes."""

import random
from collections.abc import Iterator

import company
import pytest
from golden_cases import CASES, RULES, Case, Said, moment
from shapes_project import Row, Shapes, ShapesProject, make_project

AS_OF = "2026-01-15 04:30:00"
LATER = "2026-01-16 04:30:00"
SOURCES = ("shop", "crm", "web", "app", "mail")
MODELS = (
    "--select", "+golden_attributes", "+profile_reachability", "profile_consents",
    "--exclude", "profiles_are_the_people_of_the_map",
)  # fmt: skip
PHONE = "+48600100200"


def identifier(source: str, record: str, kind: str, value: str, day: int = 1) -> Row:
    width = len(company.IDENTIFIERS[0])
    return (source, record, kind, value, moment(day), moment(day))[:width]


# Two addresses; the newer one is of a day after the run.
ADAM = [
    identifier("shop", "o:adam", "email", "adam@mail.example", 3),
    identifier("shop", "o:adam", "email", "adam@firm.example", 20),
]
# Two people whom nothing links yet. The first refused mail at her address, and it is the newer one.
PEOPLE = [
    identifier("crm", "c:ewa", "email", "ewa@mail.example", 9),
    identifier("crm", "c:ewa", "phone", PHONE),
    identifier("crm", "c:ewa", "phone", "+48600100300", 9),
    identifier("shop", "o:ewa", "email", "ewa.private@mail.example", 2),
]
BRIDGE = [identifier("shop", "o:ewa", "phone", PHONE)]
CONSENTS: list[Row] = [
    ("crm", "c:ewa", "email", "ewa@mail.example", "email", "marketing", "granted", moment(1), "form"),
    ("crm", "c:ewa", "email", "ewa@mail.example", "email", "marketing", "withdrawn", moment(3), "page"),
    ("crm", "c:ewa", "phone", PHONE, "sms", "marketing", "granted", moment(1), "form"),
    ("shop", "o:ewa", "email", "ewa.private@mail.example", "email", "marketing", "granted", moment(1), "form"),
]
EVENTS = [
    *((f"m{n}", "email_delivered", moment(1), "mail", f"u:{n}", *[None] * 10) for n in range(len(CASES))),
    ("m", "email_opened", moment(5), "crm", "c:ewa", *[None] * 10),
]


def shapes(cases: list[Case], people: list[Row], seed: int = 1) -> Shapes:
    """Every case is a user of five sources, in an order of its own."""
    identifiers, attributes = [*people, *ADAM], []
    for n, case in enumerate(cases):
        identifiers += [identifier(source, f"u:{n}", "user_id", f"person-{n}") for source in SOURCES]
        identifiers += [identifier("mail", f"u:{n}", "email", f"u{n}@mail.example")]
        attributes += [(source, f"u:{n}", case.field, value, moment(day)) for source, value, day in case.said]
    rows = {"identifiers": identifiers, "attributes": attributes, "events": EVENTS, "consents": CONSENTS}
    return {name: random.Random(seed).sample(list(given), len(given)) for name, given in rows.items()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShapesProject]:
    made = make_project(tmp_path_factory.mktemp("golden"))
    (made.folder / "dbt_project/seeds/golden_rules.csv").write_text(RULES)
    made.build(shapes(CASES, PEOPLE), AS_OF, *MODELS)
    yield made


def survivor(project: ShapesProject, record: str, field: str) -> Said | None:
    rows = project.rows(
        "select golden.source, golden.value, cast(extract(day from golden.observed_at) as integer)"
        " from profiles.golden_attributes as golden join identity.identity_records as records using (profile_id)"
        f" where records.record_id = '{record}' and golden.field = '{field}' group by all"
    )
    assert len(rows) <= 1
    return rows[0] if rows else None  # type: ignore[return-value]


@pytest.mark.parametrize("n", range(len(CASES)), ids=[case.name for case in CASES])
def test_what_survives(project: ShapesProject, n: int) -> None:
    assert survivor(project, f"u:{n}", CASES[n].field) == CASES[n].survives


def test_a_verified_address_wins(project: ShapesProject) -> None:
    assert survivor(project, "c:ewa", "email") == ("crm", "ewa@mail.example", 9)
    assert survivor(project, "c:ewa", "phone") == ("crm", PHONE, 1)  # the newer number has no consent that proves it
    assert survivor(project, "o:ewa", "email") == ("shop", "ewa.private@mail.example", 2)


def test_an_address_that_was_seen_after_the_run_does_not_exist_yet(project: ShapesProject) -> None:
    assert survivor(project, "o:adam", "email") == ("shop", "adam@mail.example", 3)


def test_late_rows_and_a_merge(project: ShapesProject) -> None:
    """A second run on rows in another order changes nothing but what late rows change, in their place in time;
    consent stays with its address."""
    consent = "select address, channel, purpose, status from profiles.profile_consents order by all"
    said = project.rows(consent)
    late = [
        Case("origin", [*case.said, ("app", "late", 1)], ("app", "late", 1)) if case.field == "origin"
        else Case("colour", [*case.said, ("app", "late", 14)], case.survives) if case.survives == ("crm", "red", 2)
        else Case("city", [*case.said, ("app", "late", 1)], case.survives) if case.field == "city" else case
        for case in CASES
    ]  # fmt: skip
    project.stage(shapes(late, [*PEOPLE, *BRIDGE], seed=2))
    project.well("run", LATER, *MODELS)
    wrong = [case.name for n, case in enumerate(late) if survivor(project, f"u:{n}", case.field) != case.survives]
    assert not wrong

    # One person now. Her golden address is the one that refused; nothing she said of the other speaks for it.
    assert project.rows("select count(distinct profile_id) from profiles.profile_consents") == [(1,)]
    assert project.rows(consent) == said
    assert survivor(project, "o:ewa", "email") == ("crm", "ewa@mail.example", 9)
    reach = "channel = 'email' and purpose = 'marketing' and address like 'ewa%'"
    assert project.rows(f"select address, reason from profiles.profile_reachability where {reach}") == [
        ("ewa.private@mail.example", "ok")
    ]


def test_a_rule_that_cannot_be_kept_is_named(project: ShapesProject) -> None:
    seed = project.folder / "dbt_project/seeds/golden_rules.csv"
    seed.write_text(RULES + "hair,newest,,\nshoe,collect,crm,\nshoe,first,,shoe\nskin,source_priority,crm>cmr,\n")
    done = project.dbt("build", AS_OF, "--select", "golden_rules")
    assert {name for name, said in done.items() if said.status in ("fail", "warn")} == {
        "accepted_values_golden_rules_strategy__source_priority__most_recent__most_frequent__first__verified_first__min__max__collect",
        "accepted_values_golden_rules_value_type__text__number__date__boolean",
        "golden_rules_can_be_kept",
        "golden_rules_name_known_sources",
        "unique_golden_rules_field",
    }
    # `dbt run` asks no test: the model itself stops.
    stopped = project.dbt("run", AS_OF, "--select", "golden_attributes")["golden_attributes"]
    assert stopped.status == "error"
    assert "field 'hair' has the strategy 'newest'. Known: source_priority, most_recent," in stopped.message
