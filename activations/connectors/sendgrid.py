"""SendGrid: marketing contacts in lists, and mail.

Contacts are class F: 202 with a job, whose import counts what failed and names nobody; one bad address refuses the
whole call, and the engine looks for it. Mail is one call per message and cannot be repeated: accepted there is not
delivered to the person, which the event webhook tells, with our message id in `custom_args`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import requests
from pydantic import Field

from activations.client import said_by
from activations.contract import (
    CLEAR,
    Batch,
    BatchResult,
    FieldSpec,
    Limits,
    ObjectSpec,
    Operation,
    Options,
    Pending,
    Receipts,
    Target,
)
from activations.field_rules import email, phone, text
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.masking import mask_personal
from activations.one_by_one import send_one_by_one
from activations.outcomes import Accepted, Delivered, Outcome, Rejected
from activations.plain_text import plain_text
from heddle.errors import StopSync

_LOOKED_UP_AT_ONCE = 100
_RESERVED = {
    "first_name": 50,
    "last_name": 50,
    "address_line_1": 100,
    "address_line_2": 100,
    "city": 60,
    "state_province_region": 50,
    "postal_code": 60,
    "country": 50,
}


class SendGridConfig(ApiConfig):
    """`sender` is needed for mail; it must be verified."""

    base_url: str = Field(default="https://api.sendgrid.com", pattern=r"^https?://")
    key_env: str
    sender: str | None = None
    sender_name: str | None = None


class MailOptions(Options):
    """`template` is a file of activations/templates, `subject` text in the same language. `unsubscribe_group` is a
    suppression group of SendGrid, which marketing mail must have."""

    template: str
    subject: str
    campaign: str | None = None
    unsubscribe_group: int | None = None


class SendGridConnector(HttpConnector):
    name = "sendgrid"
    Config = SendGridConfig
    api_version = "v3"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        address = FieldSpec(kind="email", required=True, identifier=True, normalise=email)
        contact = ObjectSpec(
            name="contact",
            kind="record",
            channel="email",
            limits=Limits(max_rows=30_000, max_bytes=5_500_000, max_item_bytes=100_000, per_second=1),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove", "delete"}),
            fields={
                "email": address,
                "phone_number": FieldSpec(kind="phone", normalise=phone),
                **{name: FieldSpec(normalise=text(longest)) for name, longest in _RESERVED.items()},
            },
            open_fields=True,
            receipts=Receipts(first_poll=60, deadline=86_400),
        )
        mail = ObjectSpec(
            name="mail",
            kind="message",
            channel="email",
            limits=Limits(max_rows=10, max_item_bytes=5_000_000, per_second=20),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": address, "to_name": FieldSpec()},
            options=MailOptions,
            text_options=frozenset({"subject"}),
            file_options=frozenset({"template"}),
        )
        return {contact.name: contact, mail.name: mail}

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret('key_env')}"}

    def check(self) -> None:
        self.ask(Call("GET", "/v3/scopes"))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        if target.object != "contact" or target.ids:
            return target.ids
        path: str | None = "/v3/marketing/lists?page_size=1000"
        while path:
            said = self.json(self.ask(Call("GET", path)))
            found = [str(row["id"]) for row in said.get("result", []) if row["name"] == target.audience]
            if found:
                return {"list": found[0]}
            following = said.get("_metadata", {}).get("next")
            path = "/v3/" + following.split("/v3/", 1)[1] if following else None
        made = self.ask(Call("POST", "/v3/marketing/lists", json={"name": target.audience}))
        if not made.ok:
            raise StopSync(f"the list cannot be made: {said_by(made)}", self.account())
        return {"list": str(self.json(made)["id"])}

    def send(self, batch: Batch) -> BatchResult:
        if batch.target.object == "mail":
            return send_one_by_one(
                self, batch, lambda operation: self.call(batch.part([operation])), self._mail_outcome, (400, 413)
            )
        if batch.action == "remove":
            return self._remove(batch)
        return super().send(batch)

    def call(self, batch: Batch) -> Call:
        if batch.target.object == "mail":
            return self._mail(batch.operations[0], batch.target)
        if batch.action == "remove":
            emails = [operation.fields["email"] for operation in batch.operations]
            return Call("POST", "/v3/marketing/contacts/search/emails", json={"emails": emails})
        custom = self._custom_fields if self._needs_custom_fields(batch) else {}
        body: dict[str, Any] = {"contacts": [self._contact(operation, custom) for operation in batch.operations]}
        if "list" in batch.target.ids:
            body = {"list_ids": [batch.target.ids["list"]], **body}
        return Call("PUT", "/v3/marketing/contacts", json=body)

    def preview(self, batch: Batch) -> str:
        self._fields = self._fields or {name: name for op in batch.operations for name in op.fields}
        try:
            return super().preview(batch)
        finally:
            self._fields = None

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        job = self.json(answer).get("job_id")
        if not job:
            raise self.unclear("no job_id")
        return BatchResult.same(batch, Accepted(str(job)))

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        said = self.json(self.ask(Call("GET", f"/v3/marketing/contacts/imports/{receipt}")))
        status, results = said.get("status"), said.get("results") or {}
        if status == "pending":
            return Pending(60)
        if status == "failed":
            return BatchResult.same(batch, Rejected("import_failed", "the import failed as a whole", retryable=True))
        if results.get("requested_count") != len(batch.operations):
            raise self.unclear(f"{results.get('requested_count')} requested of {len(batch.operations)}")
        errored = int(results.get("errored_count") or 0)
        if errored >= len(batch.operations):
            return BatchResult.same(batch, Rejected("import_errored", "the import took none", retryable=True))
        return BatchResult.same(batch, Delivered(), {"import_errored": errored} if errored else {})

    _fields: dict[str, str] | None = None

    @property
    def _custom_fields(self) -> dict[str, str]:
        """Ids of the account's custom fields by name; asked for once."""
        if self._fields is None:
            said = self.json(self.ask(Call("GET", "/v3/marketing/field_definitions")))
            self._fields = {field["name"]: str(field["id"]) for field in said.get("custom_fields", [])}
        return self._fields

    def _needs_custom_fields(self, batch: Batch) -> bool:
        plain = self.objects()["contact"].fields
        return any(name not in plain for operation in batch.operations for name in operation.fields)

    def _contact(self, operation: Operation, custom: Mapping[str, str]) -> dict[str, Any]:
        plain = self.objects()["contact"].fields
        given = {name: value for name, value in operation.fields.items() if value is not None and value is not CLEAR}
        contact: dict[str, Any] = {name: value for name, value in given.items() if name in plain}
        own: dict[str, Any] = {}
        for name, value in given.items():
            if name in plain:
                continue
            if name not in custom:
                hint = "custom fields are made in SendGrid first: Marketing, Custom Fields"
                raise StopSync(f"SendGrid has no custom field {name!r}", self.account(), hint)
            own[custom[name]] = value if isinstance(value, int | float) else str(value)
        return {**contact, "custom_fields": own} if own else contact

    def _remove(self, batch: Batch) -> BatchResult:
        """By contact id, which the list wants and only a search knows; who is not found is gone already."""
        path = "/v3/marketing/contacts"
        for part in _parts(batch):
            answer = self.ask(self.call(part), reads=(404,))
            if answer.status_code == 404:
                continue
            if not answer.ok:
                return self.refused(batch, answer)
            found = self.json(answer).get("result", {}).values()
            ids = ",".join(str(entry["contact"]["id"]) for entry in found if entry.get("contact"))
            if not ids:
                continue
            if batch.target.on_leave == "delete":
                done = self.ask(Call("DELETE", path, query={"ids": ids}))
            else:
                where = f"/v3/marketing/lists/{batch.target.ids['list']}/contacts"
                done = self.ask(Call("DELETE", where, query={"contact_ids": ids}))
            if not done.ok:
                return self.refused(batch, done)
        return BatchResult.same(batch, Delivered())

    def _mail(self, operation: Operation, target: Target) -> Call:
        options = MailOptions.model_validate(target.options)
        if not self._config.sender:
            raise StopSync("mail needs a sender", self.account(), "set sender in destinations.yml")
        if target.purpose == "marketing" and options.unsubscribe_group is None:
            hint = "set the option unsubscribe_group to a suppression group of SendGrid"
            raise StopSync("marketing mail needs a way to unsubscribe", self.account(), hint)
        name = operation.fields.get("to_name")
        html = operation.texts["template"]
        sender = {"email": self._config.sender, "name": self._config.sender_name}
        recipient = {"email": operation.fields["to"], **({"name": name} if name else {})}
        ours = {"message_id": operation.message_id, "campaign": options.campaign or target.sync}
        body = {
            "personalizations": [{"to": [recipient], "custom_args": ours}],
            "from": {key: value for key, value in sender.items() if value},
            "subject": operation.texts["subject"],
            "content": [{"type": "text/plain", "value": plain_text(html) or " "}, {"type": "text/html", "value": html}],
        }
        group = {"asm": {"group_id": options.unsubscribe_group}} if options.unsubscribe_group else {}
        return Call("POST", "/v3/mail/send", json={**body, **group})

    def _mail_outcome(self, answer: requests.Response) -> Outcome:
        if answer.ok:
            return Delivered(
                {"x_message_id": answer.headers["X-Message-Id"]} if "X-Message-Id" in answer.headers else {}
            )
        said = self.json(answer)
        errors = said.get("errors") or [{}]
        field, message = str(errors[0].get("field") or ""), str(errors[0].get("message") or "")
        if not field.startswith("personalizations"):
            why = f"{field or answer.status_code}: {mask_personal(message)}"
            raise StopSync(f"SendGrid refuses the mail as such ({why})", self.account())
        return Rejected(f"invalid_{field.rsplit('.', 1)[-1]}", message)


def _parts(batch: Batch) -> Iterator[Batch]:
    for first in range(0, len(batch.operations), _LOOKED_UP_AT_ONCE):
        yield batch.part(batch.operations[first : first + _LOOKED_UP_AT_ONCE])
