"""What can be said of a sync file without a warehouse: words that exist, settings that a destination supports."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from activations.contract import ObjectSpec
from activations.destinations import Destinations
from activations.mapping import compile_mapping
from activations.sync_file import Sync
from activations.templates import Templates
from activations.yaml_file import Fault, did_you_mean
from heddle.errors import SyncError
from heddle.settings import Settings

_ADDRESSED = {"email": "email", "sms": "phone", "whatsapp": "phone"}


def check_sync(sync: Sync, destinations: Destinations, templates: Templates, settings: Settings) -> list[Fault]:
    """Every fault of one well-formed file, in the order of the file's parts."""
    faults = list(_source(sync, settings))
    if sync.destination not in destinations.declared:
        hint = did_you_mean(sync.destination, destinations.declared)
        return [*faults, Fault(sync.where("destination"), f"unknown destination {sync.destination!r}", hint)]
    connection = destinations.connections.get(sync.destination)
    if connection is None:
        return [*faults, Fault(sync.where("destination"), f"{sync.destination} has faults of its own")]
    objects = connection.connector.objects()
    spec = objects.get(sync.object)
    if spec is None:
        hint = did_you_mean(sync.object, list(objects))
        return [
            *faults,
            Fault(sync.where("object"), f"{sync.destination} has no object {sync.object!r}", hint),
        ]
    faults += [*_policies(sync, spec), *_fields(sync, spec), *_options(sync, spec), *_written_by_itself(sync, spec)]
    return faults or list(_compiled(sync, spec, templates))


def _source(sync: Sync, settings: Settings) -> Iterator[Fault]:
    models = settings.dbt_project / "models" / "activations"
    for word, name, folder, suffix in (
        ("model", sync.source.model, models, "*.sql"),
        ("segment", sync.source.segment, settings.root / "segments_yaml", "*.yml"),
    ):
        known = _stems(folder, suffix)
        if name and known and name not in known:
            yield Fault(sync.where("source", word), f"unknown {word} {name!r}", did_you_mean(name, known))


def _stems(folder: Path, suffix: str) -> list[str]:
    return sorted({path.stem for path in folder.rglob(suffix) if not path.name.startswith("_")})


def _policies(sync: Sync, spec: ObjectSpec) -> Iterator[Fault]:
    if sync.match and sync.match not in spec.matches:
        yield Fault(sync.where("match"), f"{spec.name} cannot {sync.match}", f"it can {_words(spec.matches)}")
    if sync.on_leave not in spec.on_leave:
        yield Fault(
            sync.where("on_leave"),
            f"{spec.name} cannot {sync.on_leave} on leave",
            f"it can {_words(spec.on_leave)}",
        )
    if spec.channel and sync.channel and sync.channel != spec.channel:
        yield Fault(sync.where("channel"), f"the channel of {spec.name} is {spec.channel}")
    channel = sync.channel or spec.channel
    if sync.purpose != "operational" and channel is None:
        yield Fault(
            sync.where("purpose"),
            f"purpose {sync.purpose} needs a channel, to know whose consent counts",
            "add channel: email, sms or ads",
        )
    if sync.purpose != "operational" and channel in _ADDRESSED and not address_field(sync, spec):
        kind = _ADDRESSED[channel]
        yield Fault(
            sync.where("fields"),
            f"no field carries the address that the {channel} consent is about",
            f"map a column to one of: {_words(name for name, rule in spec.fields.items() if rule.kind == kind)}",
        )
    if sync.purpose != "operational":
        for name, value in sync.fields.items():
            if spec.field(name).kind != "any" and isinstance(value, str) and ("{{" in value or "{%" in value):
                yield Fault(
                    sync.where("fields", name),
                    f"{name} is an address, and consent is checked for addresses in a column",
                    "map the column as it is, and change it in a model",
                )


def address_field(sync: Sync, spec: ObjectSpec) -> str | None:
    """The column whose value the consent of the sync's channel must be about; None when the channel has none."""
    kind = _ADDRESSED.get(sync.channel or spec.channel or "")
    for name, value in sync.fields.items():
        if kind and spec.field(name).kind == kind and isinstance(value, str) and "{{" not in value:
            return value
    return None


def refusable_field(sync: Sync, spec: ObjectSpec) -> str | None:
    """The column whose value a destination may refuse for good: the address of consent or, of a message that goes to
    something else (a device, a browser, a chat), what identifies that."""
    if spec.kind != "message" or (sync.channel or spec.channel or "") in _ADDRESSED:
        return address_field(sync, spec)
    for name, value in sync.fields.items():
        if spec.field(name).identifier and isinstance(value, str) and "{{" not in value and "{%" not in value:
            return value
    return None


def _fields(sync: Sync, spec: ObjectSpec) -> Iterator[Fault]:
    for name in sync.fields:
        if _is_consent(name, spec):
            yield _consent_fault(sync, name, "fields", name)
        if name not in spec.fields and not spec.open_fields:
            yield Fault(
                sync.where("fields", name),
                f"{spec.name} has no field {name!r}",
                did_you_mean(name, list(spec.fields)),
            )
    for name, rule in spec.fields.items():
        if rule.required and name not in sync.fields:
            yield Fault(sync.where("fields"), f"{spec.name} needs the field {name}")
    for word in ("hash", "hashed"):
        for name in getattr(sync, word):
            if name not in sync.fields:
                hint = did_you_mean(name, list(sync.fields))
                yield Fault(sync.where(word), f"{name!r} is not one of the fields", hint)


def _is_consent(name: str, spec: ObjectSpec) -> bool:
    return name.lower().partition(".")[0] in {field.lower() for field in spec.consent_fields}


def _consent_fault(sync: Sync, name: str, *path: str) -> Fault:
    hint = "leave it out: consent is not synced, who unsubscribed there stays so"
    return Fault(sync.where(*path), f"{name} is the consent that {sync.destination} keeps itself", hint)


def _written_by_itself(sync: Sync, spec: ObjectSpec) -> Iterator[Fault]:
    """Fields that an option makes the connector write: the same rules as for mapped ones, and never both."""
    mapped = {name.lower() for name in (*sync.fields, *spec.fields)}
    for option in sorted(spec.field_options & sync.options.keys()):
        name = str(sync.options[option]).strip()
        if _is_consent(name, spec):
            yield _consent_fault(sync, name, "options", option)
        elif name.lower() in mapped:
            said = f"{option} would overwrite the field {name}"
            yield Fault(sync.where("options", option), said, "give it a name of its own")


def _options(sync: Sync, spec: ObjectSpec) -> Iterator[Fault]:
    try:
        spec.options.model_validate(sync.options)
    except ValidationError as error:
        known = list(spec.options.model_fields)
        for item in error.errors():
            path = [str(part) for part in item["loc"]]
            unknown = item["type"] == "extra_forbidden"
            said = f"unknown option {path[-1]!r}" if unknown else f"option {'.'.join(path)}: {item['msg']}"
            hint = did_you_mean(path[-1], known) if unknown else None
            yield Fault(sync.where("options", *path), said, hint)


def _compiled(sync: Sync, spec: ObjectSpec, templates: Templates) -> Iterator[Fault]:
    try:
        mapping = compile_mapping(sync, spec, templates)
    except SyncError as error:
        yield Fault(error.where or sync.where(), error.what, error.hint)
        return
    if spec.needs_key_fields and len(mapping.key_fields) < len(mapping.key):
        yield Fault(
            sync.where("fields"),
            f"{spec.name} keeps rows by their key: map {', '.join(mapping.key)} as they are",
        )


def _words(words: Iterable[object]) -> str:
    return ", ".join(sorted(str(word) for word in words))
