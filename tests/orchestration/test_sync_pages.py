"""What the Dagster UI shows of syncs, from runs of the whole loop: numbers, reasons, checks, receipts; who is told."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, chdir
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import socket
from threading import Thread
from typing import Any

import dagster as dg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from small_loop import PAYING, Loop, small_loop

from activations import Sync
from activations.sandbox import VendorSandbox
from heddle.warehouse import open_warehouse
from orchestration import deliveries
from orchestration.definitions import build_definitions
from orchestration.execute import QUIET
from orchestration.run_report import RunReport

GOOGLE = """
sync: audience
source: {segment: paying}
destination: google
object: user_list
audience: Paying
on_leave: remove
key: profile_id
fields: {email: "p{{ profile_id }}@shop.example"}
options: {terms_accepted: true}
purpose: operational
schedule: every 15 minutes
"""
SILENT = """
sync: silent
source: {segment: paying}
destination: nobody
object: audience
key: profile_id
fields: {plan: plan}
purpose: operational
"""
WAITING = """
sync: waiting
source: {model: sync_broken}
destination: files
object: csv
key: profile_id
fields: {profile_id: profile_id}
purpose: operational
"""
LATEST = "select id, max_by(plan, _loaded_at) as plan from {{ source('shop', 'people') }} group by id"
BROKEN = "select cast('anna' as integer) as profile_id"


@dataclass
class Told:
    """What the webhook and the mailbox of the alerts got."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    heard = Told()

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    class Mailbox(Message):
        def handle_message(self, message: Any) -> None:
            heard.mails.append(f"{message['Subject']}\n{message.get_payload()}")

    chat = HTTPServer(("127.0.0.1", 0), Chat)
    Thread(target=chat.serve_forever, daemon=True).start()
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    mail = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    mail.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEDDLE_ALERT_WEBHOOK", f"http://127.0.0.1:{chat.server_port}/hook")
        patch.setenv("HEDDLE_ALERT_MAIL", "ops@shop.example")
        patch.setenv("HEDDLE_ALERT_SMTP", f"smtp://127.0.0.1:{port}")
        yield heard
    mail.stop()
    chat.shutdown()
    chat.server_close()


@dataclass
class Pages:
    """The first run delivers, the second is one that its guard blocks and whose receipts are due, the third is of a job
    without the daily syncs, the fourth of one asset."""

    loop: Loop
    first: RunReport
    second: RunReport
    together: list[list[str]]
    told: Told
    alerts: tuple[dict[str, Any], dict[str, Any]]

    def materialized(self, name: str, back: int = 1) -> dict[str, Any]:
        root = self.loop.settings.root
        with chdir(root), dg.DagsterInstance.from_config(str(root)) as instance:
            found = instance.fetch_materializations(dg.AssetKey(["sync", name]), limit=5).records[back]
        assert found.asset_materialization is not None
        return {key: value.value for key, value in found.asset_materialization.metadata.items()}

    def checks(self, name: str, run_id: str) -> dict[str, tuple[bool, str, str]]:
        """Of one run: check -> passed, severity, what it says."""
        root = self.loop.settings.root
        with chdir(root), dg.DagsterInstance.from_config(str(root)) as instance:
            entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        found = [entry.dagster_event.asset_check_evaluation_data for entry in entries if entry.dagster_event]
        return {
            one.check_name: (one.passed, one.severity.value, str(one.description))
            for one in found
            if one.asset_key == dg.AssetKey(["sync", name])
        }


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, told: Told) -> Iterator[Pages]:
    together: list[list[str]] = []

    def noted(settings: Any, syncs: Sequence[Sync], *more: Any) -> Any:
        together.append([sync.sync for sync in syncs])
        return run(settings, syncs, *more)

    run = deliveries.run_side_by_side
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(deliveries, "run_side_by_side", noted)
        sandbox = stack.enter_context(VendorSandbox("127.0.0.1", 0))
        loop = stack.enter_context(small_loop(tmp_path_factory.mktemp("pages")))
        loop.write(
            "activations/destinations.yml",
            f"files: {{type: files}}\nnobody: {{type: webhook, url: 'http://127.0.0.1:9/', answers: rows}}\n"
            f'google: {{type: google, base_url: {sandbox.url}/google, account_id: "42", token_env: NONE}}\n',
        )
        paying = (loop.settings.root / PAYING).read_text()
        loop.write(PAYING, paying + "guard: {max_removed: 10%}\n")
        for name, text in (("audience", GOOGLE), ("silent", SILENT), ("waiting", WAITING)):
            loop.write(f"activations/syncs/fixture/{name}.yml", text)
        loop.write("dbt_project/models/staging/fixture/stg_people.sql", LATEST)
        project = loop.settings.root / "dbt_project/dbt_project.yml"
        project.write_text(project.read_text() + "    activations: {+schema: activations}\n")
        loop.write("dbt_project/models/activations/fixture/sync_broken.sql", BROKEN)
        first = loop.run()
        with open_warehouse(loop.settings) as wh:
            wh.execute("update activations.activation_receipts set poll_at = timestamp '2026-01-01'")
        google = sandbox.vendors["google"].shelves
        for key, row in list(google.rows("requests").items()):
            google.put("requests", key, {**row, "asked": True})  # done by the time it is asked about
        loop.write("data/people.csv", "id,plan\n1,trial\n2,trial\n3,paid\n")
        loop.write("data/people_2.csv", "id,plan\n4,paid\n")
        second = loop.run()
        loop.write("data/people_3.csv", "id,plan\n5,paid\n")
        loop.run("ingest_and_segments")
        with chdir(loop.settings.root), dg.DagsterInstance.from_config(str(loop.settings.root)) as instance:
            job = build_definitions(loop.settings).resolve_job_def("heddle")
            chosen = [dg.AssetKey(["sync", "paying"])]
            job.execute_in_process(run_config=QUIET, instance=instance, asset_selection=chosen, raise_on_error=False)
        yield Pages(loop, first, second, together, told, (told.bodies[0], told.bodies[1]))


def test_what_is_ready_is_sent_together_and_what_is_not_waits(pages: Pages) -> None:
    assert sorted(pages.together[0]) == ["audience", "paying", "silent"]  # `waiting` has no source: its step is skipped
    assert sorted(pages.together[1]) == ["audience", "paying", "silent"]
    assert sorted(pages.together[2]) == ["audience", "paying"]  # no sync goes out with a job that it does not belong to
    assert pages.together[3:] == [["paying"]]  # a person materialized this one
    assert set(pages.first.failed_steps) == {"sync_silent", "run_verdict"}


def test_the_page_of_a_sync_says_what_went_where(pages: Pages) -> None:
    shown = pages.materialized("paying", back=3)
    expected = {"planned": 2, "add": 2, "change": 0, "remove": 0, "delivered": 2, "rejected": 0, "suppressed": 0,
                "held": 2, "backlog": 0, "match_rate_percent": 100.0, "status": "done"}  # fmt: skip
    assert expected.items() <= shown.items()
    assert list(shown)[:2] == ["status", "planned"] and list(shown)[-1] == "plan"
    assert shown["rows_per_second"] > 0 and 0 <= shown["latency_seconds"] < 60
    assert shown["last_runs"].splitlines()[0].startswith("| instant | status | source | planned | delivered |")
    assert "| 06\u201115\u00a004:30 | done | 2 | 2 | 2 | 0 | 0 |" in shown["last_runs"]
    assert "| add | new | 2 |" in shown["reasons"] and shown["trend"].startswith("![The last 1 runs](data:image/svg")


def test_what_was_accepted_is_backlog_until_its_receipt_is_settled(pages: Pages) -> None:
    shown = pages.materialized("audience", back=2)
    assert {"accepted": 2, "backlog": 2, "receipts_open": 1, "receipts_overdue": 0}.items() <= shown.items()
    assert "match_rate_percent" not in shown  # nothing is confirmed yet
    after = pages.materialized("audience")
    assert after["match_rate_percent"] == 100 and after["receipt_latency_minutes"] >= 0
    settled = pages.materialized("receipts")
    assert {"rows_settled": 2, "receipts_open": 0, "receipts_overdue": 0}.items() <= settled.items()
    assert "| audience | 2 | 0 | 0 |" in settled["receipts"]


def test_a_sync_that_stopped_fails_its_checks_and_names_no_rows(pages: Pages) -> None:
    checks = pages.checks("silent", pages.first.run_id)
    assert {name: said[0] for name, said in checks.items()} == {
        "guard_holds": False, "rejects_below_limit": False, "is_fresh": False, "receipts_in_time": True,
    }  # fmt: skip
    assert "stopped with an error" in checks["rejects_below_limit"][2] and checks["guard_holds"][1] == "WARN"
    assert "never come to its end" in checks["is_fresh"][2]


def test_a_sync_that_went_well_passes_its_checks(pages: Pages) -> None:
    checks = pages.checks("paying", pages.first.run_id)
    assert all(said[0] for said in checks.values()) and len(checks) == 4
    assert checks["rejects_below_limit"][2] == "0 of 2 rows were rejected, the limit is 5%"


def test_a_guard_that_blocks_is_an_error_with_its_reason(pages: Pages) -> None:
    passed, severity, said = pages.checks("paying", pages.second.run_id)["guard_holds"]
    assert (passed, severity) == (False, "ERROR") and "guard.max_removed is 10 %" in said
    shown = pages.materialized("paying", back=2)
    assert "guard.max_removed is 10 %" in shown["why"]
    assert {"status": "blocked", "planned": 2, "remove": 1, "delivered": 0, "held": 2}.items() <= shown.items()
    assert pages.second.failed_checks["sync/paying: guard_holds"] == "error"


def test_somebody_is_told_by_webhook_and_by_mail_once_per_run(pages: Pages) -> None:
    first, second = pages.alerts
    assert len(pages.told.bodies) == len(pages.told.mails) == 4  # one per run
    assert any(line.startswith("silent stopped: ") for line in first["problems"])
    assert any("guard.max_removed is 10 %" in line for line in second["problems"])
    assert "silent stopped" in pages.told.mails[0] and "guard.max_removed" in pages.told.mails[1]
    assert "shop.example" not in json.dumps(first) + json.dumps(second)
