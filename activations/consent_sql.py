"""Which addresses of a row may leave, and of which somebody said no. Consent is held per address: that of one never
covers another.

The address that the channel of the sync is about (`address_field`) stays as it is: the plan suppresses its row when it
is not the reachable one. Every other mapped address needs a consent of its own for the purpose: on the sync's channel
when that is `ads`, else on its own (e-mail or SMS). Without one it is null for everything that is sent, and where a row
has to have it (a key column, a required field), or has no other, the row is suppressed.
"""

from collections.abc import Sequence

from activations.mapping import SyncMapping
from activations.sync_checks import address_field
from heddle.warehouse import identifier, literal

_CHANNELS = {"email": "email", "phone": "sms"}


def permitted(own: Sequence[str], member: str, mapping: SyncMapping) -> str:
    """A select from `source`: the columns `own` without the addresses that may not leave, `heddle_elsewhere`: the row
    reaches nobody at an address of consent, and `heddle_refused`: of one of its addresses somebody said no."""
    allowed = _allowed(mapping)
    checked = {name: test for name, test in allowed.items() if test}
    needed = [name for name in checked if name in _needed(mapping)]
    columns = [
        f"case when {checked[name]} then s.{identifier(name)} end as {identifier(name)}"
        if name in checked and name not in needed
        else f"s.{identifier(name)}"
        for name in own
    ]
    elsewhere = [f"(s.{identifier(name)} is not null and not {checked[name]})" for name in needed]
    if checked:
        given = " or ".join(f"s.{identifier(name)} is not null" for name in allowed)
        left = " or ".join(test or f"s.{identifier(name)} is not null" for name, test in allowed.items())
        elsewhere.append(f"(({given}) and not ({left}))")
    nobody = " or ".join(elsewhere) or "false"
    said_no = " or ".join(_refused(mapping, name) for name in allowed) or "false"
    return (
        f"select {', '.join(columns)}, {member}{nobody} as heddle_elsewhere, {said_no} as heddle_refused "
        "from source as s"
    )


def _allowed(mapping: SyncMapping) -> dict[str, str | None]:
    """Address column -> the condition under which it may leave; None where the whole row is judged by it."""
    sync, spec = mapping.sync, mapping.spec
    if sync.purpose == "operational":
        return {}
    own = address_field(sync, spec)
    return {
        column: None if column == own else _consented(mapping, column, kind)
        for column, kind in _kinds(mapping).items()
        if kind != "any"
    }


def _kinds(mapping: SyncMapping) -> dict[str, str]:
    return {item.column: mapping.spec.field(item.name).kind for item in mapping.fields if item.column}


def _ads(mapping: SyncMapping) -> bool:
    return (mapping.sync.channel or mapping.spec.channel) == "ads"


def _refused(mapping: SyncMapping, column: str) -> str:
    """Nobody's silence and no address that is not known any more: a no to this very address."""
    channel = "ads" if _ads(mapping) else _CHANNELS[_kinds(mapping)[column]]
    return (
        f"exists (select 1 from profiles.address_consents as n where lower(n.address) = "
        f"lower(trim(s.{identifier(column)})) and n.channel = {literal(channel)} "
        f"and n.purpose = {literal(mapping.sync.purpose)} and n.status in ('denied', 'withdrawn'))"
    )


def _consented(mapping: SyncMapping, column: str, kind: str) -> str:
    ads = _ads(mapping)
    channel, purpose = literal("ads" if ads else _CHANNELS[kind]), literal(mapping.sync.purpose)
    address = f"lower(trim(s.{identifier(column)}))"
    reachable = (
        f"exists (select 1 from profiles.profile_reachability as a where a.profile_id = s.profile_id "
        f"and a.channel = {channel} and a.purpose = {purpose} and a.is_reachable and lower(a.address) = {address})"
    )
    if not ads:
        return reachable
    # reachability names one address of a profile and channel; ad platforms match by as many as have consent
    granted = (
        f"exists (select 1 from profiles.address_consents as c where lower(c.address) = {address} "
        f"and c.channel = {channel} and c.purpose = {purpose} and c.status = 'granted')"
    )
    return f"({reachable} or {granted})"


def _needed(mapping: SyncMapping) -> set[str]:
    required = {item.column for item in mapping.fields if item.column and mapping.spec.field(item.name).required}
    return required | set(mapping.key)
