"""Consent is held per address: that of one never covers another, and being there twice keeps nobody."""

import pytest
from fake_destination import held
from sync_workspace import RECORDS, Workspace

from activations import load_syncs

ADS = """\
sync: people
source: {model: sync_people}
destination: files
object: jsonl
on_leave: remove
key: profile_id
fields: {profile_id: profile_id, email: email, phone: phone}
purpose: ads
channel: ads
guard: {max_removed: 100%}
"""


@pytest.fixture
def two_addresses(workspace: Workspace) -> Workspace:
    workspace.write("destinations.yml", "files: {type: files}\n")
    workspace.wh.execute(
        "create table activations.sync_people as select 'p1' as profile_id, 'A@x.example' as email, "
        "'+48600100200' as phone"
    )
    reach(workspace, "ads", "ads", "+48600100200")
    return workspace


def reach(workspace: Workspace, channel: str, purpose: str, address: str) -> None:
    workspace.wh.execute(
        "insert into profiles.profile_reachability values ('p1', ?, ?, ?, true, 'ok')", [channel, purpose, address]
    )


def say(workspace: Workspace, address: str, status: str) -> None:
    workspace.wh.execute("delete from profiles.address_consents where address = ?", [address])
    workspace.wh.execute("insert into profiles.address_consents values (?, 'ads', 'ads', ?)", [address, status])


def written(workspace: Workspace) -> str:
    return (workspace.settings.outbox / "files/people.jsonl").read_text()


def test_an_address_whose_consent_was_withdrawn_leaves_the_row(two_addresses: Workspace) -> None:
    sync = two_addresses.sync(ADS)
    say(two_addresses, "+48600100200", "granted")
    say(two_addresses, "a@x.example", "granted")
    two_addresses.run(sync)
    assert '"email":"a@x.example","phone":"+48600100200"' in written(two_addresses)
    say(two_addresses, "a@x.example", "withdrawn")
    assert two_addresses.run(sync).planned == {"change": {"changed": 1}}
    assert '"email":null,"phone":"+48600100200"' in written(two_addresses)


def test_an_address_nobody_said_anything_about_does_not_leave(two_addresses: Workspace) -> None:
    two_addresses.run(two_addresses.sync(ADS))
    assert '"email":null,"phone":"+48600100200"' in written(two_addresses)


def test_a_row_without_any_consented_address_is_suppressed(two_addresses: Workspace) -> None:
    sync = two_addresses.sync(ADS)
    two_addresses.run(sync)
    two_addresses.wh.execute("update activations.sync_people set phone = null")
    assert two_addresses.run(sync).planned == {"remove": {"other_address": 1}}
    assert written(two_addresses) == ""


def test_a_no_to_the_only_address_is_a_withdrawal_and_not_an_address_that_got_lost(two_addresses: Workspace) -> None:
    sync = two_addresses.sync(ADS)
    say(two_addresses, "a@x.example", "granted")
    two_addresses.run(sync)
    two_addresses.wh.execute("update activations.sync_people set phone = null")
    say(two_addresses, "a@x.example", "withdrawn")
    assert two_addresses.run(sync).planned == {"remove": {"withdrawn": 1}}


def test_a_key_that_may_not_leave_suppresses_its_row(two_addresses: Workspace) -> None:
    sync = two_addresses.sync(ADS.replace("key: profile_id", "key: email"))
    assert two_addresses.plan(sync).counts == {"suppressed": {"other_address": 1}}


def test_the_consent_for_sms_does_not_cover_the_email_beside_it(two_addresses: Workspace) -> None:
    sync = two_addresses.sync(ADS.replace("channel: ads", "channel: sms").replace("purpose: ads", "purpose: marketing"))
    reach(two_addresses, "sms", "marketing", "+48600100200")
    two_addresses.run(sync)
    assert '"email":null,"phone":"+48600100200"' in written(two_addresses)
    reach(two_addresses, "email", "marketing", "a@x.example")
    two_addresses.run(sync)
    assert '"email":"a@x.example"' in written(two_addresses)


def test_a_calculated_address_cannot_be_checked(workspace: Workspace) -> None:
    workspace.write("destinations.yml", "files: {type: files}\n")
    workspace.write("syncs/demo/people.yml", ADS.replace("email: email", "email: '{{ email | lower }}'"))
    (fault,) = load_syncs(workspace.settings).faults
    assert "consent is checked for addresses in a column" in fault.what


@pytest.mark.parametrize("held_before", [True, False])
def test_being_there_twice_keeps_nobody_who_withdrew(workspace: Workspace, held_before: bool) -> None:
    sync = workspace.sync(RECORDS.replace("operational", "marketing") + "channel: email\n")
    workspace.people(2)
    workspace.reachable("p0", "p0@mail.example")
    workspace.reachable("p1", "p1@mail.example")
    if held_before:
        workspace.run(sync)
    workspace.source([("p0", "", "p0@mail.example", "A"), ("p0", "", "p0@mail.example", "B")])
    assert workspace.plan(sync).counts["invalid"] == {"duplicate_key": 2}
    workspace.wh.execute("update profiles.profile_reachability set is_reachable = false, reason = 'withdrawn'")
    result = workspace.run(sync)
    assert result.planned["invalid"] == {"duplicate_key": 1}
    assert result.planned.get("remove", result.planned.get("suppressed")) == {"withdrawn": 2 if held_before else 1}
    assert held(workspace.settings.outbox) == {}
