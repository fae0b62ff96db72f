"""The engine against the sandbox of vendors: what is desired is what they hold, whatever class their answer is of."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sync_workspace import IMPATIENT, Workspace, free_port

from activations import RunResult, Sync
from activations.field_rules import sha256
from activations.sandbox import VendorSandbox
from activations.sandbox.vendors.webpush import subscription
from heddle.errors import StopSync

CONNECTIONS = {
    "meta": 'account_id: "42", token_env: T',
    "google": 'account_id: "42", token_env: T',
    "linkedin": 'account_id: "42", token_env: T, settle_seconds: 0',
    "braze": "token_env: T",
    "klaviyo": "key_env: T",
    "iterable": "key_env: T",
    "sendgrid": "key_env: T",
    "hubspot": "token_env: T",
    "brevo": "key_env: T",
    "salesforce": "token_env: T",
    "webpush": "key_env: T, subject: 'mailto:push@shop.example'",
    "twilio": "account_sid: AC00000000000000000000000000000000, token_env: T, from_number: '+15005550006'",
}
RECORD = """\
sync: {name}
source: {{model: sync_people}}
destination: {name}
object: {object}
audience: People
on_leave: {leave}
key: profile_id
fields: {fields}
options: {options}
purpose: operational
guard: {{max_removed: 100%}}
"""
RECORDS = [
    ("meta", "custom_audience", "remove", "{EMAIL: email, FN: name}", "{}", "People"),
    ("google", "user_list", "remove", "{email: email}", "{terms_accepted: true}", "People"),
    ("linkedin", "dmp_segment", "remove", "{SHA256_EMAIL: email}", "{}", "People"),
    ("braze", "user", "delete", "{external_id: profile_id, email: email, first_name: name}", "{}", "users"),
    ("iterable", "list_member", "remove", "{email: email}", "{}", "People"),
    ("salesforce", "record", "delete", "{Key__c: profile_id, Email: email}", "{type: Contact, external_id: Key__c}",
     "Contact"),
    ("klaviyo", "profile", "remove", "{external_id: profile_id, email: email}", "{}", "profiles"),
    ("sendgrid", "contact", "remove", "{email: email, first_name: name}", "{}", "contacts"),
    ("brevo", "contact", "remove", "{email: email, FIRSTNAME: name}", "{}", "contacts"),
    ("salesforce", "bulk_record", "delete", "{Key__c: profile_id, Email: email}",
     "{type: Contact, external_id: Key__c}", "Contact"),
]  # fmt: skip


class Ticks:
    def __init__(self, workspace: Workspace, sandbox: VendorSandbox) -> None:
        self.workspace, self.sandbox = workspace, sandbox
        self.now = workspace.as_of

    def run(self, sync: Sync) -> RunResult:
        self.now += timedelta(hours=2)
        self.workspace.later(120)
        return self.workspace.run(sync, replace(IMPATIENT, clock=lambda: self.now))

    def settled(self, sync: Sync, most: int = 5) -> RunResult:
        """Runs until nothing is pending; the last result."""
        for _ in range(most):
            result = self.run(sync)
            left = self.workspace.value("select count(*) from activations.activation_ledger where status = 'accepted'")
            if not left and not result.total("add") + result.total("change") + result.total("remove"):
                return result
        raise AssertionError(f"{sync.sync} does not come to rest")

    def held(self, vendor: str, shelf: str) -> set[str]:
        rows = self.sandbox.held(vendor, shelf)
        inside = [row for row in rows.values() if "People" in row.get("lists", ["People"])]  # type: ignore[operator]
        said = json.dumps(inside)
        mails = {f"p{n}": f"p{n}@mail.example" for n in range(30)}
        return {key for key, mail in mails.items() if f'"{mail}"' in said or f'"{sha256(mail)}"' in said}


@pytest.fixture
def ticks(workspace: Workspace) -> Iterator[Ticks]:
    with VendorSandbox("127.0.0.1", free_port()) as sandbox:
        lines = [f"{n}: {{type: {n}, base_url: '{sandbox.url}/{n}', {rest}}}\n" for n, rest in CONNECTIONS.items()]
        workspace.write("destinations.yml", "".join(lines))
        yield Ticks(workspace, sandbox)


@pytest.mark.parametrize(("name", "object", "leave", "fields", "options", "shelf"), RECORDS, ids=lambda v: None)
def test_the_vendor_comes_to_hold_what_is_desired(
    ticks: Ticks, name: str, object: str, leave: str, fields: str, options: str, shelf: str
) -> None:
    sync = ticks.workspace.sync(RECORD.format(name=name, object=object, leave=leave, fields=fields, options=options))
    ticks.workspace.people(20)
    ticks.settled(sync)
    assert ticks.held(name, shelf) == {f"p{n}" for n in range(20)}
    calls = ticks.sandbox.calls[name]
    assert ticks.run(sync).outcomes == {}
    assert ticks.sandbox.calls[name] - calls <= 1, "nothing to do asks at most for the audience"
    ticks.workspace.source([(f"p{n}", "", f"p{n}@mail.example", "B") for n in range(5, 25)])
    ticks.sandbox.fail(name, "500")
    with pytest.raises(StopSync):
        for _ in range(3):
            ticks.sandbox.fail(name, "503", times=2)
            ticks.run(sync)
    ticks.sandbox._demands[name].clear()
    ticks.settled(sync)
    assert ticks.held(name, shelf) == {f"p{n}" for n in range(5, 25)}


@pytest.mark.parametrize("record", [RECORDS[5], RECORDS[9]], ids=["record", "bulk_record"])
def test_a_record_whose_id_got_lost_is_deleted_all_the_same(ticks: Ticks, record: tuple[str, ...]) -> None:
    name, object, leave, fields, options, shelf = record
    sync = ticks.workspace.sync(RECORD.format(name=name, object=object, leave=leave, fields=fields, options=options))
    ticks.workspace.people(4)
    ticks.settled(sync)
    ticks.workspace.wh.execute("update activations.activation_ledger set ids = null")
    ticks.workspace.people(2)
    ticks.settled(sync)
    assert ticks.held(name, shelf) == {"p0", "p1"}
    assert ticks.workspace.value("select count(*) from activations.activation_ledger where held") == 2


def test_rows_that_a_vendor_refuses_are_told_from_the_others_and_tried_no_more(ticks: Ticks) -> None:
    name, object, leave, fields, options, shelf = RECORDS[7]
    sync = ticks.workspace.sync(RECORD.format(name=name, object=object, leave=leave, fields=fields, options=options))
    ticks.workspace.people(20)
    ticks.sandbox.refuse(name, "p(3|11)@")
    ticks.settled(sync)
    assert ticks.held(name, shelf) == {f"p{n}" for n in range(20)} - {"p3", "p11"}
    assert ticks.run(sync).total("quarantined") == 2


def test_an_sms_that_may_have_left_is_not_sent_again(ticks: Ticks) -> None:
    sync = ticks.workspace.sync(
        "sync: texts\nsource: {model: sync_people}\ndestination: twilio\nobject: sms\nfields: {to: name}\n"
        "options: {body: 'Hello {{ profile_id }}'}\npurpose: operational\n"
    )
    ticks.workspace.source([(f"p{n}", "", f"p{n}@mail.example", f"+4860010020{n}") for n in range(6)])
    ticks.sandbox.fail("twilio", "cut_after")
    ticks.run(sync)
    ticks.run(sync)
    assert len(ticks.sandbox.held("twilio", "messages")) == 6
    assert ticks.workspace.statuses() == {"delivered": 5, "unknown": 1}


def test_a_browser_that_ended_its_subscription_is_sent_nothing_again(ticks: Ticks) -> None:
    text = (
        "sync: {}\nsource: {{model: sync_people}}\ndestination: webpush\nobject: message\npurpose: operational\n"
        "fields: {{endpoint: name, p256dh: email, auth: member_key}}\noptions: {{title: Hello, body: you}}\n"
    )
    browsers = [subscription(f"{ticks.sandbox.url}/webpush", f"browser-{n}") for n in range(3)]
    ticks.workspace.source([(f"p{n}", b["auth"], b["p256dh"], b["endpoint"]) for n, b in enumerate(browsers)])
    ticks.sandbox.refuse("webpush", "browser-1")
    ticks.run(ticks.workspace.sync(text.format("first")))
    assert ticks.workspace.statuses() == {"delivered": 2, "rejected": 1}
    calls = ticks.sandbox.calls["webpush"]
    result = ticks.run(ticks.workspace.sync(text.format("second")))
    assert result.planned == {"add": {"new": 2}, "suppressed": {"refused_gone": 1}}
    assert ticks.sandbox.calls["webpush"] == calls + 2
