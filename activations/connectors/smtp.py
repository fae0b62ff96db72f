"""E-mail over SMTP: one transaction per message, refusals per recipient, a Message-ID that is the same in every run.

SMTP cannot be asked whether a message arrived: one that was being sent when the connection broke is `unknown`.
"""

import smtplib
import ssl
from collections.abc import Mapping
from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal

from pydantic import Field

from activations.contract import (
    Batch,
    BatchResult,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Operation,
    Options,
    Surroundings,
    Target,
)
from activations.field_rules import email
from activations.masking import mask_value
from activations.outcomes import Delivered, Outcome, Rejected, Unknown
from activations.plain_text import plain_text
from heddle.errors import RetryLater, StopSync


class SmtpConfig(Options):
    """`unsubscribe_url` holds {message_id}; it answers a POST (RFC 8058) and a person's click."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username_env: str | None = None
    password_env: str | None = None
    sender: str
    unsubscribe_url: str = Field(pattern=r"^https?://")
    unsubscribe_mailto: str | None = None
    timeout: float = 30.0


class MessageOptions(Options):
    """`template` is a file of activations/templates; `subject` is text in the same language."""

    template: str
    subject: str
    campaign: str | None = None
    reply_to: str | None = None


class SmtpConnector(Connector):
    name = "smtp"
    Config = SmtpConfig

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._config = SmtpConfig.model_validate(config)
        self._surroundings = surroundings
        self._server: smtplib.SMTP | None = None

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        message = ObjectSpec(
            name="message",
            kind="message",
            channel="email",
            # few per batch: what is in a batch when the machine dies is what a person must look into
            limits=Limits(max_rows=10, max_bytes=50_000_000, max_item_bytes=10_000_000),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={
                "to": FieldSpec(kind="email", required=True, identifier=True, normalise=email),
                "to_name": FieldSpec(),
            },
            options=MessageOptions,
            text_options=frozenset({"subject"}),
            file_options=frozenset({"template"}),
            variables=frozenset({"unsubscribe_url"}),
        )
        return {message.name: message}

    def account(self) -> str:
        return f"smtp://{self._config.host}:{self._config.port}"

    def message_id(self, digest: str) -> str:
        return f"{digest}@{parseaddr(self._config.sender)[1].rpartition('@')[2]}"

    def variables(self, message_id: str | None) -> Mapping[str, object]:
        return {"unsubscribe_url": self._config.unsubscribe_url.replace("{message_id}", message_id or "")}

    def check(self) -> None:
        self._connected().noop()

    def send(self, batch: Batch) -> BatchResult:
        outcomes: dict[int, Outcome] = {}
        for operation in batch.operations:
            try:
                outcomes[operation.op_id] = self._send_one(operation, batch.target)
            except (StopSync, RetryLater) as error:
                if not outcomes:
                    raise
                outcomes[operation.op_id] = Rejected("not_sent", error.what, retryable=True, scope="destination")
        return BatchResult(batch, outcomes)

    def preview(self, batch: Batch) -> str:
        message = self._message(batch.operations[0], batch.target)
        recipient = mask_value(str(batch.operations[0].fields["to"]))
        shown = [
            f"{name}: {recipient if name == 'To' else value}" for name, value in message.items() if name != "Subject"
        ]
        return "\n".join([f"MAIL FROM:<{self._sender()}>", f"RCPT TO:<{recipient}>", *shown])

    def close(self) -> None:
        server, self._server = self._server, None
        if server:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _send_one(self, operation: Operation, target: Target) -> Outcome:
        recipient = str(operation.fields["to"])
        server = self._connected()
        options = _mail_options(server, recipient)
        if options is None:
            return Rejected("no_smtputf8", "the server does not take addresses outside ASCII")
        try:
            data = self._message(operation, target).as_bytes(policy=SMTP.clone(utf8=bool(options)))
        except (ValueError, MessageError) as error:  # HeaderDefect is a ValueError
            return Rejected("unwritable_message", f"the row cannot be written as a mail ({type(error).__name__})")
        started = False
        try:
            for code, reply in (
                server.mail(self._sender(), [*options, *_size_option(server, data)]),
                server.rcpt(recipient),
            ):
                if code not in (250, 251):
                    return self._refused(server, code, reply)
            started = True
            code, reply = server.data(data)
            return Delivered() if code == 250 else self._refused(server, code, reply)
        except smtplib.SMTPDataError as error:
            return self._refused(server, error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError):
            self.close()
            if started:
                return Unknown("the connection broke while the message was being sent")
            raise RetryLater("the mail server broke the connection", 1.0, self.account()) from None

    def _refused(self, server: smtplib.SMTP, code: int, reply: bytes | str) -> Outcome:
        """4xx may succeed later, 5xx will not; 421 and 4.3.1 (no room) are about the server, not the recipient."""
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        if code == 421 or text.startswith("4.3.1"):
            self.close()
            return Rejected(f"smtp_{code}", text, retryable=True, scope="destination")
        try:
            server.rset()
        except (smtplib.SMTPException, OSError):
            self.close()
        return Rejected(f"smtp_{code}", text, retryable=400 <= code < 500)

    def _message(self, operation: Operation, target: Target) -> EmailMessage:
        options = MessageOptions.model_validate(target.options)
        message = EmailMessage(policy=SMTP)
        message["From"] = self._config.sender
        # not addr_spec=: it refuses local parts outside ASCII, which a server with SMTPUTF8 takes
        local, _, domain = str(operation.fields["to"]).rpartition("@")
        message["To"] = str(Address(_one_line(operation.fields.get("to_name")), local, domain))
        message["Subject"] = _one_line(operation.texts["subject"])
        message["Date"] = format_datetime(target.as_of.replace(tzinfo=UTC))
        message["Message-ID"] = f"<{operation.message_id}>"
        message["X-Campaign"] = _one_line(options.campaign or target.sync)
        if options.reply_to:
            message["Reply-To"] = options.reply_to
        if target.purpose == "marketing":
            self._unsubscribe(message, operation.message_id)
        html = operation.texts["template"]
        message.set_content(plain_text(html))
        message.add_alternative(html, subtype="html")
        return message

    def _unsubscribe(self, message: EmailMessage, message_id: str | None) -> None:
        ways = [f"<{self.variables(message_id)['unsubscribe_url']}>"]
        if self._config.unsubscribe_mailto:
            ways.append(f"<mailto:{self._config.unsubscribe_mailto}?subject=unsubscribe>")
        message["List-Unsubscribe"] = ", ".join(ways)
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    def _sender(self) -> str:
        return parseaddr(self._config.sender)[1]

    def _connected(self) -> smtplib.SMTP:
        """Raises StopSync (nobody there, bad credentials) or RetryLater (the server is busy)."""
        if self._server:
            return self._server
        try:
            self._server = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            raise self._unusable(error.smtp_code, "the mail server refuses our credentials") from None
        except smtplib.SMTPResponseException as error:
            raise self._unusable(error.smtp_code, "the mail server does not take mail now") from None
        except (smtplib.SMTPException, OSError) as error:
            hint = "start it, or correct destinations.yml; nothing is lost, the next run sends"
            raise StopSync(f"the mail server cannot be used ({type(error).__name__})", self.account(), hint) from None
        return self._server

    def _unusable(self, code: int, what: str) -> StopSync | RetryLater:
        said = f"{what} ({code})"
        return RetryLater(said, 2.0, self.account()) if 400 <= code < 500 else StopSync(said, self.account())

    def _connect(self) -> smtplib.SMTP:
        config = self._config
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if config.security == "tls":
            server = smtplib.SMTP_SSL(config.host, config.port, timeout=config.timeout, context=context)
        else:
            server = smtplib.SMTP(config.host, config.port, timeout=config.timeout)
        try:
            if config.security == "starttls":
                server.starttls(context=context)
            if config.username_env and config.password_env:
                server.login(
                    self._surroundings.secret(config.username_env), self._surroundings.secret(config.password_env)
                )
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server


def _one_line(value: object) -> str:
    """A header's text: control characters and line ends become single spaces."""
    text = str(value or "")
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _mail_options(server: smtplib.SMTP, recipient: str) -> list[str] | None:
    if recipient.isascii():
        return []
    return ["SMTPUTF8", "BODY=8BITMIME"] if server.has_extn("smtputf8") else None


def _size_option(server: smtplib.SMTP, data: bytes) -> list[str]:
    return [f"SIZE={len(data)}"] if server.has_extn("size") else []
