"""What a person types around a sync, in the order in which they type it: look, plan, apply, ask, repair."""

import pytest
from fake_destination import FakeConnector, calls
from sync_shop import FILES, OTHERS, Shop

from activations.outcomes import Rejected, Unknown
from heddle.cli.terminal import out
from heddle.settings import Settings
from heddle.warehouse import open_warehouse
from orchestration.fingerprint import last_fingerprint


def planned(shop: Shop, name: str = "people") -> str:
    found: str = shop.ask_json("plan", name)["plan_id"]
    return found


def applied(shop: Shop, name: str = "people") -> None:
    shop.ask("apply", planned(shop, name))


def test_list_shows_every_sync_and_fails_for_a_faulty_file(shop: Shop) -> None:
    listed = shop.ask_json("list")
    assert {row["sync"]: row["file"] for row in listed["syncs"]} == {
        "people": "activations/syncs/demo/people.yml", "mails": "activations/syncs/demo/mails.yml",
    }  # fmt: skip
    assert "| people | sync_people | files | csv |" in shop.ask("list", "--markdown")
    shop.workspace.write("syncs/demo/other.yml", "sync: other\nsource: {model: sync_people}\n")
    assert "activations/syncs/demo/other.yml:1:1" in shop.ask("list", fails=True)


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_terminal_reads_every_sync_without_a_word_in_pieces(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    named = OTHERS.replace("others", "a_sync_with_a_long_name").replace(
        "object: record", 'object: record\naudience: "Two years"'
    )
    shop.workspace.sync(named)
    monkeypatch.setattr(out, "width", width)
    listed = shop.ask("list")
    assert max(map(len, listed.splitlines())) <= width
    for said in (
        "a_sync_with_a_long_name   sync_people -> fake record",
        "as Two years",
        "operational, on leave remove, daily",
    ):
        assert said in listed
    monkeypatch.setattr(out, "width", 160)
    assert "on leave   schedule" in shop.ask("list")


def test_check_says_which_connection_works(shop: Shop) -> None:
    assert shop.ask_json("check")["connections"][0]["ok"] is True
    shop.workspace.write(
        "destinations.yml", "files: {type: files}\nhook: {type: webhook, url: 'http://127.0.0.1:9/'}\n"
    )
    said = shop.ask("check", fails=True)
    assert "nobody answers" in said and "start it, or correct destinations.yml" in said
    assert "nobody answers" not in shop.ask("check", "files")
    assert "did you mean files?" in shop.ask("check", "file", fails=True)


def test_preview_shows_what_a_plan_would_and_seals_nothing(shop: Shop) -> None:
    said = shop.ask("preview", "people")
    assert "nothing was sealed" in said and "First request (masked)" in said and "mail.example" not in said
    with shop.opened() as workspace:
        assert workspace.value("select count(*) from activations.activation_runs") == 0


def test_a_plan_is_looked_at_sent_and_not_sent_again(shop: Shop) -> None:
    said = shop.ask("plan", "people")
    assert "add" in said and "guard: ok" in said and "heddle sync apply" in said and "mail.example" not in said
    assert "| add | new | 3 |" in shop.ask("plan", "people", "--markdown")
    plan_id = planned(shop)
    for _ in range(2):
        assert "delivered" in shop.ask("apply", plan_id)
    assert shop.ask_json("apply", plan_id)["outcomes"] == {"delivered": 3}
    written = (Settings.load().outbox / "files/people.csv").read_text().splitlines()
    assert len(written) == 4
    assert shop.ask_json("plan", "people")["counts"] == {"unchanged": {"": 3}}


def test_apply_refuses_a_plan_whose_source_moved_and_one_that_was_replaced(shop: Shop) -> None:
    old, plan_id = planned(shop), planned(shop)
    assert "replaced by a newer one" in shop.ask("apply", old, fails=True)
    shop.people("p1")
    assert "has moved since the plan" in shop.ask("apply", plan_id, fails=True)


def test_a_plan_that_the_guard_blocks_goes_out_only_when_somebody_says_so(shop: Shop) -> None:
    applied(shop)
    shop.workspace.write("syncs/demo/people.yml", FILES.replace("100%", "10%"))
    shop.people("p1", "p2")
    said = shop.ask("plan", "people")
    assert "guard: blocked" in said and "--past-guard" in said
    plan_id = planned(shop)
    assert "guard.max_removed is 10 %" in shop.ask("apply", plan_id, fails=True)
    assert "delivered" in shop.ask("apply", plan_id, "--past-guard")
    assert shop.ask_json("status", "people")["syncs"][0]["held"] == 2


def test_status_and_rows_answer_from_the_published_copy(shop: Shop) -> None:
    assert "has not run yet" in shop.ask("status", "people", fails=True)
    applied(shop)
    (one,) = shop.ask_json("status")["syncs"]
    assert {"sync": "people", "status": "done", "held": 3, "match_rate": 1.0, "receipts": 0}.items() <= one.items()
    person = shop.ask_json("rows", "p1")
    assert [state["status"] for state in person["states"]] == ["delivered"]
    assert [attempt["action"] for attempt in person["attempts"]] == ["add"]
    assert "| people |  | yes | delivered |" in shop.ask("rows", "p1", "--markdown", "--sync", "people")
    assert "no sync has a row of this person" in shop.ask("rows", "p5")
    assert "nobody is known" in shop.ask("rows", "email:nobody@x.pl", fails=True)


def test_retry_lets_go_what_was_rejected(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.workspace.write("syncs/demo/others.yml", OTHERS)
    bad = Rejected("bad", "no such mailbox")
    monkeypatch.setattr(
        FakeConnector, "decide", staticmethod(lambda b, i: bad if b.operations[i].key == "p2" else None)
    )
    applied(shop, "others")
    shop.ask("plan", "others")
    shop.ask("retry", "others")
    (kept,) = shop.ask_json("rows", "others", "--state", "quarantined")["rows"]
    assert (kept["profile_id"], kept["why"], kept["message"]) == ("p2", "bad", "no such mailbox")
    assert "0 rows are due again" in shop.ask("retry", "others")
    assert "1 rows are due again" in shop.ask("retry", "others", "--quarantined")
    assert shop.ask_json("plan", "others")["counts"] == {"add": {"returned": 1}, "unchanged": {"": 2}}


def test_a_mail_in_doubt_is_listed_and_decided(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: Unknown("the connection broke")))
    applied(shop, "mails")
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: None))
    said = shop.ask("rows", "mails", "--state", "unknown", "--limit", "2")
    assert "3 rows unknown, the first 2" in said and "heddle sync decide SYNC KEY" in said
    keys = {row["profile_id"]: row["key"] for row in shop.ask_json("rows", "--state", "unknown")["rows"]}
    assert "1 rows of mails count as sent" in shop.ask("decide", "mails", keys["p1"][:12], "sent")
    assert "2 rows of mails were not sent" in shop.ask("decide", "mails", "all", "not-sent")
    assert shop.ask_json("rows", "mails", "--state", "unknown") == {"state": "unknown", "total": 0, "rows": []}
    assert shop.ask_json("plan", "mails")["counts"] == {"add": {"new": 2}, "unchanged": {"": 1}}
    applied(shop, "mails")
    assert len(calls(Settings.load().outbox)) == 2
    assert "stands for 0 unknown rows" in shop.ask("decide", "mails", "ffffffff", "sent", fails=True)


def test_rows_and_states_that_do_not_exist_are_errors(shop: Shop) -> None:
    applied(shop)
    assert "'bored' is not one of" in shop.ask("rows", "--state", "bored", fails=True)
    assert "did you mean people?" in shop.ask("rows", "peopel", "--state", "unknown", fails=True)
    shop.ask("rows", fails=True)


def test_reset_says_first_what_it_means(shop: Shop) -> None:
    applied(shop)
    shop.people("p1", "p2")
    told = shop.ask("reset", "people", "--dry-run")
    assert "2 rows would be sent again" in told and "1 rows are not wanted any more" in told
    shop.ask("reset", "people", typed="n\n", fails=True)
    assert shop.ask_json("status", "people")["syncs"][0]["held"] == 3
    shop.ask("reset", "people", "--yes")
    assert shop.ask_json("plan", "people")["counts"] == {"add": {"new": 2}}
    applied(shop, "mails")
    assert "2 people get one again" in shop.ask("reset", "mails", "--yes", fails=True)


@pytest.mark.parametrize(
    ("words", "is_work"),
    [("reset --yes", True), ("reset --dry-run", False), ("retry", True), ("retry --quarantined", True)],
)
def test_what_a_person_decides_is_work_for_the_next_run(shop: Shop, words: str, is_work: bool) -> None:
    applied(shop)
    settings = Settings.load()
    with open_warehouse(settings) as wh:
        wh.execute("insert into heddle.runs (run_id, started_at, fingerprint) values ('r', '2036-01-01', 'as it is')")
    assert last_fingerprint(settings) == "as it is"
    verb, *options = words.split()
    shop.ask(verb, "people", *options)
    assert (last_fingerprint(settings) is None) == is_work
