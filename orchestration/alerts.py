"""One message for a run that needs somebody: to a webhook, by mail, or both. Off unless the settings say where to.

Names of things and counts only; nothing of a row. An alert that cannot be sent is a line in the log, nothing more.
"""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import requests

from heddle.settings import Settings

_TIMEOUT = 10.0


@dataclass(frozen=True)
class Alert:
    """What happened in one run; `lines` say what failed."""

    run_id: str
    as_of: datetime
    lines: tuple[str, ...]

    @property
    def title(self) -> str:
        word = "problem" if len(self.lines) == 1 else "problems"
        return f"Heddle: {len(self.lines)} {word} at {self.as_of:%Y-%m-%d %H:%M}"


def send_alert(settings: Settings, alert: Alert) -> Sequence[str]:
    """Sends it where the settings say; what kept it from being sent, if anything."""
    troubles = []
    for way, wanted in ((_by_webhook, settings.alert_webhook), (_by_mail, settings.alert_mail)):
        if not wanted:
            continue
        try:
            way(settings, alert)
        except (requests.RequestException, smtplib.SMTPException, OSError, ValueError) as error:
            troubles.append(f"the alert was not sent{way.__name__.replace('_', ' ')} ({type(error).__name__})")
    return troubles


def _by_webhook(settings: Settings, alert: Alert) -> None:
    """`text` is what chat tools show; the rest is for programs."""
    text = "\n".join([alert.title, *(f"- {line}" for line in alert.lines)])
    body = {"text": text, "run_id": alert.run_id, "as_of": f"{alert.as_of.isoformat()}Z", "problems": alert.lines}
    with requests.Session() as session:
        session.trust_env = False
        session.post(str(settings.alert_webhook), json=body, timeout=_TIMEOUT).raise_for_status()


def _by_mail(settings: Settings, alert: Alert) -> None:
    server = urlsplit(settings.alert_smtp)
    message = EmailMessage()
    message["From"] = settings.alert_sender
    message["To"] = settings.alert_mail
    message["Subject"] = alert.title
    message.set_content("\n".join([*alert.lines, "", f"run {alert.run_id}"]))
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with kind(server.hostname or "localhost", server.port or 25, timeout=_TIMEOUT) as smtp:
        if server.username:
            if server.scheme != "smtps":
                smtp.starttls()
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(message)
