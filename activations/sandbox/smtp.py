"""A real SMTP server on this machine that keeps every message and plays the people who get them."""

import email
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from email import policy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from activations.sandbox.customers import Mail, advance_clock, append_feedback, leftover, read_mail, write_whole
from heddle.errors import SyncError


class SmtpSandbox:
    """Stores messages as `.eml` in `mailbox`. Whenever a client says QUIT, and when the server stops, customers answer
    into `<demo>/email` and the clock of the replay moves.

    `refusals` maps a pattern of addresses to the reply that RCPT gives, such as `550 5.1.1 no such user`.
    `login` makes AUTH necessary. `demo` None: nobody answers.
    """

    def __init__(
        self,
        host: str,
        port: int,
        mailbox: Path,
        demo: Path | None = None,
        refusals: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
        size_limit: int = 10_000_000,
    ) -> None:
        self._mailbox, self._demo = mailbox, demo
        self._unanswered = mailbox / "unanswered"
        self.refusals = dict(refusals or {})
        self.cut_during_data = False
        self.received = 0
        self._login = login
        self._controller = Controller(
            self,
            hostname=host,
            port=port,
            data_size_limit=size_limit,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate if login else None,
            auth_required=bool(login),
            auth_require_tls=False,
        )

    def __enter__(self) -> Self:
        self._unanswered.mkdir(parents=True, exist_ok=True)
        try:
            self._controller.start()
        except BaseException:
            # aiosmtpd leaves its loop open where it cannot listen: three open files for each time somebody tries
            if not self._controller.loop.is_running():
                self._controller.loop.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()
        try:
            self.answer()
        except OSError as failed:
            said = failed.strerror or type(failed).__name__
            hint = "free disk space; the customers answer the next time"
            raise SyncError(f"the answers to the mails cannot be written ({said})", str(self._mailbox), hint) from None

    def answer(self) -> list[Mail]:
        """Customers react to what is in the mailbox and was not answered; the messages of this answer."""
        files = list(leftover(self._unanswered))
        mails = [read_mail(email.message_from_bytes(path.read_bytes(), policy=policy.SMTP)) for path in files]
        if self._demo:
            append_feedback(mails, self._demo / "email")
            advance_clock(self._demo / "clock.txt", mails)
        for path in files:
            path.replace(self._mailbox / path.name)
        return mails

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802, ARG002, PLR0913, RUF100 - aiosmtpd's signature
        for pattern, reply in self.refusals.items():
            if re.search(pattern, address):
                return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002, RUF100 - aiosmtpd's signature
        try:
            self._store(bytes(envelope.content))
        except OSError:
            return "452 4.3.1 insufficient storage"
        if self.cut_during_data and server.transport:
            self.cut_during_data = False
            server.transport.close()
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002, RUF100 - aiosmtpd's signature
        with suppress(OSError):  # said when the server stops
            self.answer()
        return "221 Bye"

    def _store(self, content: bytes) -> None:
        """The same Message-ID arriving twice is kept twice: the sandbox shows what a customer would have got."""
        identity = str(email.message_from_bytes(content)["Message-ID"] or "")
        name = hashlib.sha256(identity.encode()).hexdigest()[:16]
        twins = len([*self._mailbox.glob(f"{name}*.eml"), *self._unanswered.glob(f"{name}*.eml")])
        write_whole(self._unanswered / (f"{name}-{twins}.eml" if twins else f"{name}.eml"), content)
        self.received += 1

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ARG002 - aiosmtpd's signature
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._login, handled=False)
