"""What a destination says of the things that it holds: fields, limits, and what may be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from activations.field_spec import FieldSpec

Action = Literal["add", "change", "remove"]
Match = Literal["upsert", "update_only", "create_only"]
OnLeave = Literal["nothing", "remove", "clear", "delete"]
Channel = Literal["email", "sms", "ads", "whatsapp", "push", "chat"]


class Options(BaseModel):
    """The settings of a connection or of an object; an unknown word is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Limits:
    """Sizes of one batch, and how fast batches may follow.

    `per_second` and `per_day` (UTC) count calls of `send` per account, `concurrency` is how many of them may be under
    way at once (more than 1: `send` must be safe in threads). `lock` is what only one run may touch at a time.
    """

    max_rows: int
    max_bytes: int = 5_000_000
    max_item_bytes: int = 1_000_000
    per_second: float | None = None
    per_day: int | None = None
    concurrency: int = 1
    lock: Literal["audience", "account"] = "audience"


@dataclass(frozen=True)
class Receipts:
    """When to ask what became of accepted operations. Seconds.

    A receipt that is still pending after `deadline` is overdue: its rows go out again where the object is idempotent,
    else they become unknown.
    """

    first_poll: float = 60
    deadline: float = 86_400


@dataclass(frozen=True)
class ObjectSpec:
    """One thing that a destination holds: what identifies a row, which fields it has, what may be asked of it.

    `kind` "message" is sent once per occurrence; "record" is kept equal to the warehouse. `idempotent` says whether a
    batch may be repeated without harm when nobody knows if it arrived. `receipts` is for destinations that answer
    later (`Accepted`, then `poll`). `changed_fields_only`: a change carries the identifiers and the fields that differ
    from what was acknowledged (destinations that bill by data point). `clears`: a field that may hold a value there
    and has none here is CLEAR, not None: in changes, and in every removal with `on_leave: clear`. `consent_fields` say
    there who may be written to: no sync sets or clears one, since that would bring back who unsubscribed.
    `publish_every`: after how many rows of a run `Connector.publish` shows what was sent, as it does behind the last;
    until then none of them counts as delivered. Only where `idempotent`, and one batch is sent after the other.
    `field_options` are options that name a field which the connector writes by itself: none of those, and none that the
    sync maps.
    """

    name: str
    kind: Literal["record", "message"]
    channel: Channel | None
    limits: Limits
    idempotent: bool
    matches: frozenset[Match]
    on_leave: frozenset[OnLeave]
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    open_fields: bool = False
    consent_fields: frozenset[str] = frozenset()
    field_options: frozenset[str] = frozenset()
    needs_key_fields: bool = False
    options: type[Options] = Options
    text_options: frozenset[str] = frozenset()
    file_options: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    receipts: Receipts | None = None
    publish_every: int | None = None
    changed_fields_only: bool = False
    clears: bool = False

    def field(self, name: str) -> FieldSpec:
        return self.fields.get(name, FieldSpec())
