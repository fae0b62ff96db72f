from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from connector_suite import ConnectorSuite, Failure, surroundings
from ports import free_port

from activations.connectors.smtp import MessageOptions, SmtpConfig, SmtpConnector
from activations.contract import Action, Batch, Connector, Operation, Options, Target
from activations.outcomes import Delivered, Rejected, Unknown
from activations.sandbox import SmtpSandbox
from heddle.errors import StopSync


class TestSmtp(ConnectorSuite):
    object = "message"
    actions: tuple[Action, ...] = ("add",)

    def destination(self, folder: Path) -> AbstractContextManager[object]:
        self.port, self.folder = free_port(), folder
        self.sandbox = SmtpSandbox("127.0.0.1", self.port, folder / "mail")
        return self.sandbox

    def make(self, folder: Path, **more: object) -> Connector:
        config = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "sender": "Shop <shop@shop.example>",
            "unsubscribe_url": "https://shop.example/u/{message_id}",
            **more,
        }
        return SmtpConnector(
            SmtpConfig.model_validate(config), surroundings(folder, {"U": "me", "P": "secret", "X": "no"})
        )

    def options(self) -> Options:
        return MessageOptions(template="t.html.j2", subject="s")

    def operation(self, n: int, action: Action) -> Operation:
        texts = {"subject": f"Hello\n k{n}", "template": f"<p>Zażółć <b>k{n}</b></p>"}
        return Operation(n, action, f"k{n}", {"to": f"person{n}@mail.example"}, texts, f"id{n}@shop.example")

    def mails(self, folder: Path) -> list[EmailMessage]:
        files = list((folder / "mail").rglob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]  # type: ignore[misc]

    def held(self, folder: Path) -> set[str]:
        return {str(mail["Subject"]).split()[-1] for mail in self.mails(folder)}

    def stops(self) -> list[Failure]:
        return [lambda: nullcontext(self.make(self.folder, port=free_port()))]

    def rejects(self) -> list[tuple[Failure, bool]]:
        return [(self.refusing("550 5.1.1 <person1@mail.example> unknown"), False), (self.refusing("451 later"), True)]

    def refusing(self, reply: str) -> Failure:
        @contextmanager
        def refuse() -> Iterator[None]:
            self.sandbox.refusals["person1@"] = reply
            yield

        return refuse

    def test_a_mail_has_what_a_mail_needs(self, connector: Connector, tmp_path: Path) -> None:
        target = Target(
            "cart", "message", "cart", "create_only", "nothing", "marketing", self.target().as_of, (), self.options()
        )
        connector.send(Batch(target, (self.operation(0, "add"),)))
        (mail,) = self.mails(tmp_path)
        assert mail["Message-ID"] == "<id0@shop.example>" and mail["Subject"] == "Hello k0"
        assert mail["Date"] == "Mon, 15 Jun 2026 04:30:00 +0000"
        assert mail["List-Unsubscribe"] == "<https://shop.example/u/id0@shop.example>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text and html and text.get_content().strip() == "Zażółć k0" and "<b>k0</b>" in html.get_content()

    def test_operational_mail_has_no_unsubscribe_header(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.batch(0))
        assert self.mails(tmp_path)[0]["List-Unsubscribe"] is None

    def test_line_ends_in_names_and_subjects_become_spaces(self, connector: Connector, tmp_path: Path) -> None:
        fields = {"to": "person1@mail.example", "to_name": "Jan\r\nBcc: x@y.example\x07\u2028Nowak"}
        texts = {"subject": "Hi\x00 Jan\r\n\tNowak k1", "template": "<p>k1</p>"}
        batch = self.batch(0).part(
            [self.operation(0, "add"), Operation(1, "add", "k1", fields, texts, "id1@shop.example")]
        )
        assert connector.preview(batch.part(batch.operations[1:]))
        assert set(self.send(connector, batch).values()) == {Delivered()}
        (mail,) = (mail for mail in self.mails(tmp_path) if "k1" in mail["Subject"])
        assert mail["Subject"] == "Hi Jan Nowak k1" and mail["Bcc"] is None
        assert "Jan Bcc: x@y.example Nowak" in mail["To"]

    def test_a_local_part_outside_ascii_is_a_matter_of_the_server(self, connector: Connector) -> None:
        odd = Operation(
            1, "add", "k1", {"to": "żółw@mail.example"}, {"subject": "s", "template": "x"}, "id1@shop.example"
        )
        assert connector.preview(self.batch(0).part([odd]))
        outcomes = self.send(connector, self.batch(0).part([odd, self.operation(0, "add")]))
        assert outcomes[0] == Delivered()
        assert outcomes[1] == Delivered() or outcomes[1].code == "no_smtputf8"  # type: ignore[union-attr]

    def test_a_mail_that_cannot_be_written_is_refused_alone(self, connector: Connector) -> None:
        broken = Operation(1, "add", "k1", {"to": "a\r\n@mail.example"}, {"subject": "s", "template": "x"}, "id@x")
        outcomes = self.send(connector, self.batch(0).part([broken, self.operation(0, "add")]))
        assert outcomes[0] == Delivered() and isinstance(outcomes[1], Rejected)
        assert (outcomes[1].code, outcomes[1].retryable) == ("unwritable_message", False)

    def test_a_connection_that_breaks_while_sending_leaves_an_unknown(self, connector: Connector) -> None:
        self.sandbox.cut_during_data = True
        outcomes = connector.send(self.batch(0, 1)).outcomes
        assert isinstance(outcomes[0], Unknown) and outcomes[1] == Delivered()

    def test_too_large_is_refused_alone(self, tmp_path: Path) -> None:
        self.port = free_port()
        with SmtpSandbox("127.0.0.1", self.port, tmp_path / "mail", size_limit=1_000):
            connector = self.make(tmp_path)
            big = Operation(0, "add", "k0", {"to": "a@mail.example"}, {"subject": "s", "template": "x" * 9_000}, "id@x")
            outcomes = connector.send(self.batch(1).part([big, self.operation(1, "add")])).outcomes
            connector.close()
        assert isinstance(outcomes[0], Rejected) and outcomes[0].code == "smtp_552" and outcomes[1] == Delivered()

    @pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
    @pytest.mark.parametrize(("password", "works"), [("P", True), ("X", False)])
    def test_credentials(self, tmp_path: Path, password: str, works: bool) -> None:
        self.port = free_port()
        with SmtpSandbox("127.0.0.1", self.port, tmp_path / "mail", login=("me", "secret")):
            connector = self.make(tmp_path, username_env="U", password_env=password)
            if works:
                connector.check()
                assert connector.send(self.batch(0)).outcomes == {0: Delivered()}
            else:
                with pytest.raises(StopSync, match="credentials"):
                    connector.check()
            connector.close()


del ConnectorSuite
