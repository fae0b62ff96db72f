"""Mailchimp audiences: members with their merge fields, and tags.

A member is written with `status_if_new`, never with `status`, so that nobody who unsubscribed is subscribed again; the
batch endpoint takes only `status` and is not used. Tags are class C: 200 with errors that name e-mail addresses.
Mailchimp counts connections, ten at a time, and answers a bare 403 when it has had enough.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import requests

from activations.client import said_by
from activations.contract import CLEAR, Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email
from activations.http_connector import ApiConfig, Call, HttpConnector, basic
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from heddle.errors import RetryLater, StopSync

_GONE_FOR_GOOD = ("Member In Compliance State", "Forgotten Email Not Subscribed")


class MailchimpConfig(ApiConfig):
    """`base_url` names your data centre, such as https://us3.api.mailchimp.com."""

    key_env: str


class MemberOptions(Options):
    """`status_if_new` is what somebody gets who was not in the list; who is, keeps the status."""

    list_id: str
    status_if_new: Literal["subscribed", "pending", "transactional"] = "subscribed"


class TagOptions(Options):
    """The tag is named like the sync's audience; it is put on members of the list and makes nobody one."""

    list_id: str


class MailchimpConnector(HttpConnector):
    name = "mailchimp"
    Config = MailchimpConfig
    api_version = "3.0"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        address = FieldSpec(kind="email", required=True, identifier=True, normalise=email)
        member = ObjectSpec(
            name="member",
            kind="record",
            channel="email",
            limits=Limits(max_rows=50, max_item_bytes=50_000, concurrency=8),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={"email_address": address},
            open_fields=True,
            options=MemberOptions,
            clears=True,
        )
        tag = ObjectSpec(
            name="tag",
            kind="record",
            channel="email",
            limits=Limits(max_rows=500, concurrency=4),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={"email_address": address},
            options=TagOptions,
        )
        return {member.name: member, tag.name: tag}

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": basic("key", self.secret("key_env"))}

    def check(self) -> None:
        self._patiently(self.ask(Call("GET", "/3.0/ping"), reads=(403,)))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        if target.object != "tag" or target.ids:
            return target.ids
        path = f"/3.0/lists/{TagOptions.model_validate(target.options).list_id}"
        answer = self._patiently(self.ask(Call("GET", f"{path}/tag-search", query={"name": target.audience}), (403,)))
        found = [str(tag["id"]) for tag in self.json(answer)["tags"] if tag["name"] == target.audience]
        if found:
            return {"tag": found[0]}
        made = self.ask(Call("POST", f"{path}/segments", json={"name": target.audience, "static_segment": []}), (403,))
        if not self._patiently(made).ok:
            raise StopSync(f"the tag cannot be made: {said_by(made)}", self.account())
        return {"tag": str(self.json(made)["id"])}

    def send(self, batch: Batch) -> BatchResult:
        if batch.target.object == "tag":
            answer = self._patiently(self.ask(self.call(batch), reads=(403,)))
            return self.read(batch, answer) if answer.ok else self.refused(batch, answer)
        return send_one_by_one(
            self,
            batch,
            lambda operation: self.call(batch.part([operation])),
            self._member,
            about_a_row=(400, 403, 404, 405, 422),
            repeatable=True,
        )

    def call(self, batch: Batch) -> Call:
        if batch.target.object == "tag":
            words = "members_to_remove" if batch.action == "remove" else "members_to_add"
            body = {words: [operation.fields["email_address"] for operation in batch.operations]}
            path = f"/3.0/lists/{_list(batch)}/segments/{batch.target.ids.get('tag', 'TAG')}"
            return Call("POST", path, json=body)
        operation = batch.operations[0]
        path = f"/3.0/lists/{_list(batch)}/members/{_hash(operation)}"
        if batch.action == "remove":
            return Call("DELETE", path)
        return Call("PUT", path, json=_body(operation, MemberOptions.model_validate(batch.target.options)))

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self.json(answer)
        rows: dict[str, list[int]] = defaultdict(list)
        for operation in batch.operations:
            rows[str(operation.fields["email_address"])].append(operation.op_id)
        outcomes: dict[int, Outcome] = {operation.op_id: Delivered() for operation in batch.operations}
        named = 0
        for error in said.get("errors") or ():
            for address in _addresses(error):
                named += 1
                if address.lower() not in rows:
                    raise self.unclear("an error about an address that was not sent")
                outcomes |= dict.fromkeys(rows[address.lower()], _refusal(batch, error))
        if said.get("error_count", named) != named:
            raise self.unclear(f"{said['error_count']} errors, {named} of them named")
        return BatchResult(batch, outcomes)

    def _member(self, answer: requests.Response) -> Outcome:
        self._patiently(answer)
        if answer.ok:
            return Delivered()
        said = self.json(answer)
        if answer.status_code in (404, 405) and answer.request.method == "DELETE":
            return Skipped("not_a_member")
        if answer.status_code == 404:
            raise StopSync("there is no such list", self.account(), "correct the option list_id")
        title = str(said.get("title", f"http_{answer.status_code}"))
        fields = "; ".join(f"{e.get('field')}: {e.get('message')}" for e in said.get("errors") or ())
        return Rejected(title, fields or str(said.get("detail", "")), suppress=title in _GONE_FOR_GOOD)

    def _patiently(self, answer: requests.Response) -> requests.Response:
        """Raises RetryLater for the bare 403 of somebody who has had enough, StopSync for one with a reason."""
        if answer.status_code == 403 and "json" not in answer.headers.get("Content-Type", ""):
            raise RetryLater("Mailchimp asks for patience (403)", 5.0, self.account())
        if answer.status_code == 403:
            raise StopSync("Mailchimp refuses our credentials (403)", self.account(), "check the key and its role")
        return answer


def _list(batch: Batch) -> str:
    options: Any = batch.target.options
    return quote(options.list_id, safe="")


def _hash(operation: Operation) -> str:
    return hashlib.md5(str(operation.fields["email_address"]).encode(), usedforsecurity=False).hexdigest()


def _body(operation: Operation, options: MemberOptions) -> dict[str, Any]:
    merge = {
        name: "" if value is CLEAR else value
        for name, value in operation.fields.items()
        if name != "email_address" and value is not None
    }
    body = {"email_address": operation.fields["email_address"], "status_if_new": options.status_if_new}
    return {**body, **({"merge_fields": merge} if merge else {})}


def _addresses(error: Any) -> list[str]:
    one = error.get("email_address")
    return [str(address) for address in error.get("email_addresses") or ([one] if one else [])]


def _refusal(batch: Batch, error: Any) -> Outcome:
    if batch.action == "remove":
        return Skipped("not_a_member")
    return Rejected(str(error.get("error_code") or "not_tagged"), str(error.get("error", "")))
