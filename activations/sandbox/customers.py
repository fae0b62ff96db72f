"""The customers behind the mail sandbox: what each does with a message, the same every time.

Whatever they do, they do within ten minutes of the message's Date, so that the next tick can see it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

_BOUNCED, _OPENED, _MACHINE_OPENED, _CLICKED, _UNSUBSCRIBED = 0.01, 0.35, 0.15, 0.25, 0.01


@dataclass(frozen=True)
class Mail:
    """What the feedback is about."""

    message_id: str
    address: str
    campaign: str
    date: datetime
    link: str


def read_mail(message: Message) -> Mail:
    date = parsedate_to_datetime(str(message["Date"])).astimezone(UTC).replace(tzinfo=None)
    campaign = str(message["X-Campaign"] or "")
    return Mail(
        message_id=str(message["Message-ID"]).strip("<>"),
        address=parseaddr(str(message["To"]))[1].lower(),
        campaign=campaign,
        date=date,
        link=f"https://shop.example/campaign/{campaign}",
    )


def feedback(mail: Mail) -> list[dict[str, str | None]]:
    """Rows in the raw format of the e-mail source, in order of time."""
    chance = _Chance(mail.message_id)
    if chance("bounce") < _BOUNCED:
        kind = "hard" if chance("hard") < 0.5 else "soft"
        return [_row(mail, "bounced", chance.delay("bounce", 1, 30), bounce_type=kind)]
    rows = [_row(mail, "delivered", arrived := chance.delay("deliver", 1, 20))]
    if chance("machine") < _MACHINE_OPENED:
        rows.append(_row(mail, "machine_opened", arrived + chance.delay("machine-at", 1, 10)))
    if chance("open") < _OPENED:
        rows.append(_row(mail, "opened", opened := arrived + chance.delay("open-at", 30, 300)))
        if chance("click") < _CLICKED:
            rows.append(_row(mail, "clicked", opened + chance.delay("click-at", 5, 120), url=mail.link))
        if chance("unsubscribe") < _UNSUBSCRIBED:
            rows.append(_row(mail, "unsubscribed", opened + chance.delay("unsubscribe-at", 5, 120)))
    return sorted(rows, key=lambda row: str(row["occurred_at"]))


def append_feedback(mails: list[Mail], folder: Path) -> Path | None:
    """All feedback on `mails` as one new file; the same mails give the same file. None when there are none."""
    rows = [json.dumps(row) for mail in sorted(mails, key=lambda mail: mail.message_id) for row in feedback(mail)]
    if not rows:
        return None
    text = "\n".join(rows) + "\n"
    path = folder / f"events-feedback-{hashlib.sha256(text.encode()).hexdigest()[:16]}.jsonl"
    write_whole(path, text)
    return path


def advance_clock(path: Path, mails: list[Mail], by: timedelta = timedelta(minutes=15)) -> None:
    """The instant of the replay, to `by` after the latest message; never backwards."""
    moments = [mail.date + by for mail in mails]
    if path.is_file():
        moments.append(datetime.fromisoformat(path.read_text().strip()).astimezone(UTC).replace(tzinfo=None))
    if mails:
        write_whole(path, f"{max(moments).isoformat()}Z\n")


def write_whole(path: Path, content: str | bytes) -> None:
    """The file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


class _Chance:
    """Numbers in [0, 1) that depend on the message and the question only."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def __call__(self, question: str) -> float:
        digest = hashlib.sha256(f"{self._seed}|{question}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def delay(self, question: str, low: int, high: int) -> timedelta:
        return timedelta(seconds=low + int(self(question) * (high - low)))


def _row(
    mail: Mail, event: str, after: timedelta, bounce_type: str | None = None, url: str | None = None
) -> dict[str, str | None]:
    return {
        "event_id": hashlib.sha256(f"{mail.message_id}|{event}".encode()).hexdigest()[:24],
        "message_id": mail.message_id,
        "email": mail.address,
        "event": event,
        "bounce_type": bounce_type,
        "campaign": mail.campaign,
        "url": url,
        "occurred_at": f"{(mail.date + after).isoformat()}Z",
    }


def leftover(folder: Path) -> Iterator[Path]:
    """Messages that were stored and not answered yet, also by an earlier run that was killed."""
    yield from sorted(folder.glob("*.eml"))
