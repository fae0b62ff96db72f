"""Every fault of every file at once, with line and column and a guess at what was meant."""

import re
from pathlib import Path

import pytest
from sync_workspace import MESSAGES, RECORDS, Workspace

from activations import load_syncs
from activations.registry import CONNECTORS
from heddle.errors import SyncError
from heddle.settings import Settings

ROOT = Path(__file__).parents[2]


def faults(workspace: Workspace, text: str, name: str = "people") -> list[str]:
    workspace.write(f"syncs/demo/{name}.yml", text)
    return [str(fault).replace("activations/syncs/demo/", "") for fault in load_syncs(workspace.settings).faults]


@pytest.mark.parametrize("group", ["demo", "online_retail", "complete_journey"])
def test_the_shipped_syncs_have_no_faults(group: str, tmp_path: Path) -> None:
    loaded = load_syncs(Settings.load(root=ROOT, sources=group, state=tmp_path))
    assert loaded.syncs and not loaded.faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("on_leave: remove", "on_leav: remove", "people.yml:5:1: unknown word 'on_leav'; did you mean on_leave?"),
        ("purpose: operational", "purpose: marketting", "people.yml:8:1: purpose: 'marketting' is not one of"),
        ("destination: fake", "destination: fak", "people.yml:3:1: unknown destination 'fak'; did you mean fake?"),
        ("object: record", "object: recrod", "people.yml:4:1: fake has no object 'recrod'; did you mean record?"),
        ("100%", "10", "people.yml:9:9: guard.max_removed: must be a percentage such as 10%"),
        ("{model: sync_people}", "{}", "people.yml:2:1: source: name a segment or a model"),
        (
            "on_leave: remove",
            "on_leave: delete",
            "people.yml:5:1: record cannot delete on leave; it can",
        ),
        ("purpose: operational", "purpose: ads", "people.yml:8:1: purpose ads needs a channel"),
        (
            "name: name",
            'name: "{{ name | uper }}"',
            "people.yml:7:24: the template cannot be used: No filter",
        ),
        ("sync: people", "sync: persons", "people.yml:1:1: the file of the sync persons must be named persons.yml"),
        ("purpose: operational\n", "", "people.yml:1:1: purpose is missing"),
        ("key: profile_id", "key: [profile_id", "people.yml:7"),
        ("on_leave: remove", "options: {speed: 9}", "people.yml:5:11: unknown option 'speed'"),
    ],
)
def test_a_fault_says_where_and_what(workspace: Workspace, old: str, new: str, fault: str) -> None:
    found = faults(workspace, RECORDS.replace(old, new))
    assert any(one.startswith(fault) for one in found), found


def test_all_faults_of_a_file_are_found_at_once(workspace: Workspace) -> None:
    text = RECORDS.replace("purpose", "porpose").replace("on_leave: remove", "on_leave: vanish").replace("100%", "x")
    assert len(faults(workspace, text)) == 4


def test_a_message_needs_its_fields_and_its_own_words(workspace: Workspace) -> None:
    found = faults(workspace, MESSAGES.replace("{to: email}", "{two: email}"), "mails")
    assert found == [
        "mails.yml:5:10: message has no field 'two'; did you mean to?",
        "mails.yml:5:1: message needs the field to",
    ]


def test_a_broken_file_leaves_the_others_alone(workspace: Workspace) -> None:
    workspace.write("syncs/demo/mails.yml", MESSAGES)
    assert faults(workspace, "sync: [")
    assert [sync.name for sync in load_syncs(workspace.settings).syncs] == ["mails"]


def test_asking_for_an_unknown_or_broken_sync(workspace: Workspace) -> None:
    workspace.write("syncs/demo/mails.yml", MESSAGES)
    workspace.write("syncs/demo/people.yml", "sync: people\n")
    loaded = load_syncs(workspace.settings)
    with pytest.raises(SyncError, match="no sync 'mail'") as caught:
        loaded["mail"]
    assert caught.value.hint == "did you mean mails?"
    with pytest.raises(SyncError, match="faults"):
        loaded["people"]


def test_destinations_have_faults_too(workspace: Workspace) -> None:
    workspace.write("destinations.yml", "a: {type: fil}\nb: {type: files, foldr: x}\nc: 1\n")
    found = [str(fault) for fault in load_syncs(workspace.settings).faults]
    assert found == [
        "activations/destinations.yml:1:5: unknown type 'fil'; did you mean files?",
        "activations/destinations.yml:2:18: unknown word 'foldr'; did you mean folder?",
        f"activations/destinations.yml:3:1: c needs a type; known: {', '.join(CONNECTORS)}",
    ]


def test_the_same_name_twice(workspace: Workspace) -> None:
    (workspace.root / "activations/syncs/other").mkdir()
    workspace.write("syncs/demo/mails.yml", MESSAGES)
    workspace.write("syncs/other/mails.yml", MESSAGES)
    settings = workspace.settings.model_copy(update={"sources": ("demo", "other")})
    assert "also declared" in str(load_syncs(settings).faults[0])


def test_two_syncs_that_keep_one_audience(workspace: Workspace) -> None:
    workspace.write("destinations.yml", "outbox: {type: files}\n")
    text = "destination: outbox\nobject: csv\nkey: profile_id\nsource: {model: sync_people}\npurpose: operational\n"
    text += "fields: {key: profile_id, email: email}\n"
    workspace.write("syncs/demo/vip.yml", f"sync: vip\n{text}on_leave: remove\n")
    workspace.write("syncs/demo/vip_too.yml", f"sync: vip_too\n{text}audience: vip\n")
    loaded = load_syncs(workspace.settings)
    assert [str(fault) for fault in loaded.faults] == [
        "activations/syncs/demo/vip_too.yml:8:1: vip keeps 'vip' of outbox as well: one takes out whom the other "
        "put in; one sync per audience; a segment may be made of others: in_segment"
    ]
    workspace.write("syncs/demo/vip.yml", f"sync: vip\n{text}")
    assert load_syncs(workspace.settings).faults == ()


def test_a_template_that_is_not_there(workspace: Workspace) -> None:
    workspace.write(
        "destinations.yml", "m: {type: smtp, host: h, sender: a@b.example, unsubscribe_url: 'https://b.example'}\n"
    )
    workspace.write("templates/hello.html.j2", "hi")
    text = MESSAGES.replace("destination: fake", "destination: m") + "options: {template: helo.html.j2, subject: x}\n"
    assert faults(workspace, text, "mails") == [
        "mails.yml:7:11: there is no template 'helo.html.j2'; templates here: hello.html.j2"
    ]


@pytest.mark.parametrize(
    ("connection", "object", "field", "options"),
    [
        ("type: braze, base_url: 'https://b.example', token_env: T", "user", "email_subscribe", "{}"),
        ("type: customerio, site_id: s, key_env: T", "person", "cio_subscription_preferences.topics.topic_1", "{}"),
        ("type: salesforce, base_url: 'https://s.example', token_env: T", "record", "hasoptedoutofemail",
         "{type: Contact, external_id: Key__c}"),
    ],
)  # fmt: skip
def test_no_sync_sets_who_may_be_written_to(
    workspace: Workspace, connection: str, object: str, field: str, options: str
) -> None:
    workspace.write("destinations.yml", f"d: {{{connection}}}\n")
    key = {"user": "external_id", "person": "id", "record": "Key__c"}[object]
    text = RECORDS.replace("destination: fake", "destination: d").replace("object: record", f"object: {object}")
    text = re.sub(r"(?m)^fields: .*$", f"fields: {{{key}: profile_id, {field}: name}}", text)
    (fault,) = faults(workspace, re.sub(r"(?m)^on_leave: .*$", "on_leave: nothing", text) + f"options: {options}\n")
    assert f"{field} is the consent that d keeps itself" in fault


@pytest.mark.parametrize(
    ("connection", "object", "key", "attribute", "said"),
    [
        (
            "type: braze, base_url: 'https://b.example', token_env: T",
            "user",
            "external_id",
            "Email_Subscribe",
            "consent",
        ),
        ("type: customerio, site_id: s, key_env: T", "person", "id", "unsubscribed", "consent"),
        (
            "type: customerio, site_id: s, key_env: T",
            "person",
            "id",
            "cio_subscription_preferences.topics.a",
            "consent",
        ),
        ("type: braze, base_url: 'https://b.example', token_env: T", "user", "external_id", "plan", "overwrite"),
        ("type: customerio, site_id: s, key_env: T", "person", "id", "email", "overwrite"),
    ],
)
def test_the_attribute_of_an_audience_is_no_consent_and_no_field_of_the_sync(
    workspace: Workspace, connection: str, object: str, key: str, attribute: str, said: str
) -> None:
    workspace.write("destinations.yml", f"d: {{{connection}}}\n")
    text = RECORDS.replace("destination: fake", "destination: d").replace("object: record", f"object: {object}")
    text = re.sub(r"(?m)^fields: .*$", f"fields: {{{key}: profile_id, plan: name}}", text)
    (fault,) = faults(workspace, f"{text}options: {{audience_attribute: {attribute}}}\n")
    assert fault.startswith("people.yml:10:11:") and said in fault
