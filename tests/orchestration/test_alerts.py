"""Somebody is told of a run that needs them, where the settings say, and an alert that fails harms nothing."""

import json
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from typing import ClassVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from heddle.errors import SettingsError
from heddle.settings import Settings
from orchestration.alerts import Alert, send_alert

ALERT = Alert(
    "run-1", datetime.fromisoformat("2026-06-15T04:30:00"), ("vips: 3 of 20 rows would be removed", "x stopped")
)


class Chat(BaseHTTPRequestHandler):
    heard: ClassVar[list[dict[str, object]]] = []

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def chat() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Chat)
    Thread(target=server.serve_forever, daemon=True).start()
    Chat.heard.clear()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


class Mailbox(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[object] = []

    def handle_message(self, message: object) -> None:
        self.mails.append(message)


def settings(folder: Path, **alerts: str) -> Settings:
    return Settings.load(root=folder, state=folder / "state", **alerts)


def test_off_by_default(tmp_path: Path) -> None:
    assert send_alert(settings(tmp_path), ALERT) == []


def test_a_webhook_hears_what_failed(tmp_path: Path, chat: str) -> None:
    assert send_alert(settings(tmp_path, alert_webhook=chat), ALERT) == []
    (heard,) = Chat.heard
    assert heard["problems"] == list(ALERT.lines) and heard["run_id"] == "run-1"
    assert str(heard["text"]).startswith("Heddle: 2 problems at 2026-06-15 04:30\n- vips")


def test_a_mail_goes_through_the_server_of_the_settings(tmp_path: Path) -> None:
    box = Mailbox()
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        told = settings(tmp_path, alert_mail="ops@shop.example", alert_smtp=f"smtp://127.0.0.1:{port}")
        assert send_alert(told, ALERT) == []
    finally:
        controller.stop()
    (mail,) = box.mails
    assert mail["To"] == "ops@shop.example" and "2 problems" in mail["Subject"]  # type: ignore[index]


def test_an_alert_that_cannot_be_sent_is_a_line(tmp_path: Path) -> None:
    told = settings(
        tmp_path, alert_webhook="http://127.0.0.1:9/", alert_mail="a@b.example", alert_smtp="smtp://127.0.0.1:9"
    )
    assert send_alert(told, ALERT) == [
        "the alert was not sent by webhook (ConnectionError)",
        "the alert was not sent by mail (ConnectionRefusedError)",
    ]


def test_settings_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HEDDLE_ALERT_WEBHOOK"):
        settings(tmp_path, alert_webhook="chat.example")
