"""Push messages through Firebase Cloud Messaging, one call per device.

Class G. A device that is not registered any more is suppressed. The data of a message are texts.
"""

from collections.abc import Mapping
from functools import cached_property

import requests
from pydantic import Field, model_validator

from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.google_token import GoogleToken
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import StopSync

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class FcmConfig(ApiConfig):
    """One of `token_env` (an access token) and `service_account_env` (the JSON of a key) says who we are."""

    base_url: str = Field(default="https://fcm.googleapis.com", pattern=r"^https?://")
    project_id: str = Field(pattern=r"^[a-z0-9-]+$")
    token_env: str | None = None
    service_account_env: str | None = None

    @model_validator(mode="after")
    def _one_identity(self) -> "FcmConfig":
        if bool(self.token_env) == bool(self.service_account_env):
            raise ValueError("give token_env or service_account_env, one of them")
        return self


class PushOptions(Options):
    """`title` and `body` are texts in the template language. Fields beside the token are the data of the message."""

    title: str
    body: str


class FcmConnector(HttpConnector):
    name = "fcm"
    Config = FcmConfig
    api_version = "v1"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        message = ObjectSpec(
            name="message",
            kind="message",
            channel="push",
            limits=Limits(max_rows=20, max_item_bytes=4_000, per_second=50),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"token": FieldSpec(required=True, identifier=True, normalise=lambda value: str(value).strip())},
            open_fields=True,
            options=PushOptions,
            text_options=frozenset({"title", "body"}),
        )
        return {message.name: message}

    def account(self) -> str:
        return f"fcm:{self._config.project_id}"

    def headers(self) -> Mapping[str, str]:
        token = self.secret("token_env") if self._config.token_env else self._token.get()
        return {"Authorization": f"Bearer {token}"}

    def check(self) -> None:
        # a message to nobody, to be looked at only: a wrong project or token is refused before its content
        self.ask(Call("POST", self._path, json={"validateOnly": True, "message": {"topic": "check"}}))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, self._message, self._outcome, (400, 403, 404))

    def call(self, batch: Batch) -> Call:
        return self._message(batch.operations[0])

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    @cached_property
    def _token(self) -> GoogleToken:
        return GoogleToken(self.secret("service_account_env"), _SCOPE, self._client)

    @property
    def _path(self) -> str:
        return f"/v1/projects/{self._config.project_id}/messages:send"

    def _message(self, operation: Operation) -> Call:
        given = {name: value for name, value in operation.fields.items() if name != "token" and value is not None}
        data = {**{name: str(value) for name, value in given.items()}, "message_id": str(operation.message_id)}
        message = {"token": operation.fields["token"], "notification": dict(operation.texts), "data": data}
        return Call("POST", self._path, json={"message": message})

    def _outcome(self, answer: requests.Response) -> Outcome:
        said = self.json(answer)
        if answer.ok:
            return Delivered({"name": str(said["name"])})
        error = said.get("error") or {}
        own = [str(detail["errorCode"]) for detail in error.get("details") or () if "errorCode" in detail]
        code = own[0] if own else str(error.get("status", f"http_{answer.status_code}"))
        if code in ("PERMISSION_DENIED", "NOT_FOUND"):
            hint = "check project_id, and that the account may send for it"
            raise StopSync(f"Firebase refuses our side ({code})", self.account(), hint)
        return Rejected(code, str(error.get("message", "")), suppress=code == "UNREGISTERED")
