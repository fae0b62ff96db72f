"""Every recorded real answer of a vendor that we send to goes through our parsers, or it is said why it cannot."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
import test_braze
import test_hubspot
import test_iterable
import test_mailchimp
import test_meta
import test_salesforce
import test_sendgrid
from api_description import SPECS
from connector_suite import surroundings
from recordings import answers
from said import said
from vendor_suite import VendorSuite

from activations.contract import Action, Batch, OnLeave
from activations.outcomes import Rejected
from heddle.errors import RetryLater, StopSync

Recorded = dict[str, Any]


@dataclass(frozen=True)
class Replay:
    """Answers to `call` ("METHOD path status", a pattern) and what becomes of their rows, by name, a rejection with its
    code. `before`: what calls of other methods in the same turn are answered."""

    vendor: str
    call: str
    suite: type[VendorSuite]
    gives: Callable[[Recorded], list[str]]
    action: Action = "add"
    on_leave: OnLeave = "remove"
    before: Mapping[str, object] = field(default_factory=dict)

    def fits(self, exchange: Recorded) -> bool:
        return re.fullmatch(self.call, said_to(exchange)) is not None


def delivered(exchange: Recorded) -> list[str]:
    """As many as the answer counts."""
    answer = exchange["response"] if isinstance(exchange["response"], dict) else {}
    return ["Delivered"] * int(answer.get("num_received", len(answer.get("results", [None]))))


def one(name: str) -> Callable[[Recorded], list[str]]:
    return lambda exchange: [name]


def each(exchange: Recorded) -> list[str]:
    """Salesforce: a result per record."""
    rows = exchange["response"]
    return ["Delivered" if row["success"] else f"Rejected {row['errors'][0]['statusCode']}" for row in rows]


_FOUND = {"POST": {"result": {"a@b.example": {"contact": {"id": "9"}}}}}
_KNOWN = {"GET": {"custom_fields": [{"id": "e1_T", "name": "orders"}], "reserved_fields": []}}
REPLAYS = [
    Replay("braze", "POST /users/track 201", test_braze.TestBraze, delivered),
    Replay("braze", "POST /users/delete 201", test_braze.TestBraze, lambda e: ["Delivered"] * 4, "remove", "delete"),
    Replay("facebook", r"POST /v12.0/\d+/users 200", test_meta.TestMeta, delivered),
    Replay("facebook", r"DELETE /v12.0/\d+/users 200", test_meta.TestMeta, delivered, "remove"),
    Replay("hubspot", "POST /crm/v3/objects/.*/batch/(create|update) 20.", test_hubspot.TestContacts, delivered),
    Replay("hubspot", "POST /crm/v3/objects/.*/search 429", test_hubspot.TestContacts, one("RetryLater")),
    Replay("hubspot", "POST /contacts/v1/contact/.* 400", test_hubspot.TestContacts, one("Rejected http_400")),
    Replay("iterable", "POST /api/users/update 400", test_iterable.TestUsers, one("Rejected http_400")),
    Replay("iterable", "POST /api/lists/subscribe 200", test_iterable.TestListMembers, delivered),
    Replay("iterable", "POST /api/lists/unsubscribe 200", test_iterable.TestListMembers, delivered, "remove"),
    Replay("mailchimp", ".*/members/[^/]* 200", test_mailchimp.TestMembers, delivered),
    Replay("mailchimp", "DELETE .*/members/[^/]* 204", test_mailchimp.TestMembers, delivered, "remove"),
    Replay("mailchimp", "DELETE .*/members/[^/]* 405", test_mailchimp.TestMembers, one("Skipped"), "remove"),
    Replay("mailchimp", ".*/members(/[^/]*)? 400", test_mailchimp.TestMembers,
           lambda e: [f"Rejected {e['response']['title'].replace(' ', '_')}"]),
    Replay("salesforce", "(POST|PATCH) .*/composite/sobjects 200", test_salesforce.TestSalesforce, each),
    Replay("salesforce", "DELETE .*/composite/sobjects 200", test_salesforce.TestSalesforce, each, "remove", "delete"),
    Replay("sendgrid", "PUT /v3/marketing/contacts 202", test_sendgrid.TestContacts, one("Accepted"), before=_KNOWN),
    Replay("sendgrid", "PUT /v3/marketing/contacts 400", test_sendgrid.TestContacts, one("Rejected http_400"),
           before=_KNOWN),
    Replay("sendgrid", "DELETE /v3/marketing/lists/.*/contacts 202", test_sendgrid.TestContacts, delivered, "remove",
           before=_FOUND),
    Replay("sendgrid", "DELETE /v3/marketing/contacts 202", test_sendgrid.TestContacts, delivered, "remove", "delete",
           before=_FOUND),
]  # fmt: skip
MAKES = {
    "facebook POST /v12.0/act_\\d+/customaudiences 200": (test_meta.TestMeta, {"GET": {"data": []}}),
    "iterable POST /api/lists 200": (test_iterable.TestListMembers, {"GET": {"lists": []}}),
    "sendgrid POST /v3/marketing/lists 201": (test_sendgrid.TestContacts, {"GET": {"result": []}}),
}
OTHERS = {
    "braze POST /users/export/ids": "reading people back",
    "customerio .* /api/v1/": "calls for one person; ours is the batch of version 2, with answers of its own",
    "facebook DELETE /v12.0/\\d+ 200": "deleting an audience",
    "hubspot (POST|DELETE) /contacts/v1/": "version 1 of lists and contacts, which version 3 took the place of",
    "hubspot POST /crm/v3/objects/.*/(search|batch/archive) 20": "searching and archiving",
    "hubspot PUT /crm-associations/": "associations",
    "iterable DELETE /api/(users|lists)/": "deleting people and lists",
    "iterable POST /api/users/update(Email)? 200": "calls for one person, whose answer names nobody",
    "mailchimp POST .*/members 200": "adding one member without upsert",
    "mailchimp POST .*/tags": "tags of one member",
    "salesforce POST .*/sobjects/(Topic|Campaign)": "one record of another object",
    "sendgrid POST /v3/marketing/contacts/search": "the search by query; ours is by address, with another answer",
    "sendgrid DELETE /v3/marketing/lists/[^/]* 204": "deleting a list",
    "(mailjet|marketo|onesignal) ": "no destination of ours",
}
VENDORS = ("braze", "customerio", "facebook", "hubspot", "iterable", "mailchimp", "mailjet", "marketo", "onesignal",
           "salesforce", "sendgrid")  # fmt: skip


@pytest.mark.parametrize("replay", REPLAYS, ids=lambda replay: f"{replay.vendor} {replay.call}")
def test_a_recorded_answer_says_what_became_of_its_rows(replay: Replay, tmp_path: Path) -> None:
    fitting = [exchange for exchange in answers(replay.vendor) if replay.fits(exchange)]
    assert fitting
    for exchange in fitting:
        wanted = replay.gives(exchange)
        suite, connector = offline(replay.suite, tmp_path, exchange, replay.before)
        batch = batch_of(suite, len(wanted), replay)
        assert names(connector, batch) == wanted, said_to(exchange)


@pytest.mark.parametrize("call", MAKES)
def test_a_recorded_list_or_audience_gives_its_id(call: str, tmp_path: Path) -> None:
    vendor, _, rest = call.partition(" ")
    kind, before = MAKES[call]
    (exchange,) = [found for found in answers(vendor) if re.fullmatch(rest, said_to(found))]
    suite, connector = offline(kind, tmp_path, exchange, before)
    made = connector.ensure_audience(replace(suite.target(), ids={}))
    assert set(made.values()) <= {str(value) for value in exchange["response"].values()} and made


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_recorded_answer_is_replayed_or_is_said_to_be_of_no_use(vendor: str) -> None:
    left = [
        call
        for exchange in answers(vendor)
        if not any(replay.vendor == vendor and replay.fits(exchange) for replay in REPLAYS)
        and (call := f"{vendor} {said_to(exchange)}")
        and not any(re.match(pattern, call) for pattern in (*MAKES, *OTHERS))
    ]
    assert not left, left


def test_no_vendor_is_forgotten() -> None:
    answers("braze")
    recorded = {path.stem for path in (SPECS / "_recordings_grouparoo").glob("*.json")}
    assert recorded == set(VENDORS)


def offline(
    kind: type[VendorSuite], folder: Path, exchange: Recorded, before: Mapping[str, object]
) -> tuple[VendorSuite, Any]:
    """A connector whose calls are answered from a recording."""
    suite: Any = kind()
    suite.used_ids = {"list": "1", "audience": "1"}
    config = kind.connector_type.Config.model_validate({"base_url": "http://127.0.0.1:9/v", **kind.config})
    connector: Any = kind.connector_type(config, surroundings(folder, kind.secrets))

    def request(method: str, url: str, **_: object) -> requests.Response:
        other = before.get(method)
        body = other if other is not None else traced(exchange["response"])
        answer = said("" if body is None else body, 200 if other is not None else exchange["status"])
        answer.request = requests.Request(method, url).prepare()
        return answer

    connector._client._session.request = request
    return suite, connector


def batch_of(suite: VendorSuite, rows: int, replay: Replay) -> Batch:
    made = [replace(suite.operation(n, replay.action), ids={"id": "0014S000007NxmlQAC"}) for n in range(rows)]
    return Batch(replace(suite.target(), on_leave=replay.on_leave), tuple(made))


def names(connector: Any, batch: Batch) -> list[str]:
    try:
        outcomes = connector.send(batch).outcomes.values()
    except (RetryLater, StopSync) as error:
        return [type(error).__name__]
    return [f"Rejected {one.code}" if isinstance(one, Rejected) else type(one).__name__ for one in outcomes]


def said_to(exchange: Recorded) -> str:
    return f"{exchange['method']} {exchange['path'].partition('?')[0]} {exchange['status']}"


def traced(answer: Any) -> Any:
    """HubSpot gives back which input a result is of since after these were recorded."""
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        return answer
    return {**answer, "results": [{**row, "objectWriteTraceId": str(n)} for n, row in enumerate(answer["results"])]}
