"""Killed in each stage and started again, the job ends in the same state, and nobody got a mail twice."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest
from trial_shop import Shop, contents, undisturbed_shop

from activations.destinations import load_destinations
from activations.sandbox import SmtpSandbox

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

NO_MESSAGES = "sync not like 'smtp%' and sync not like 'twilio%'"
END_STATE = {
    "raw.raw_files": "source, table_name, file, content_hash, rows, rejects",
    "raw.raw_rejects": "source, table_name, file, line, reason",
    "identity.identity_map": "* exclude (seq)",  # the number of the run that changed the row
    "profiles.profiles": "*",
    "segments.segment_memberships": "segment, profile_id, member_key, entered_at",
    # messages that were under way may be unknown
    f"activations.activation_ledger where {NO_MESSAGES}": "sync, key_hash, held, row_hash, status",
}
STAGES = (
    ("load_shop", 0.5),
    ("dbt_build", 8.0),
    ("dbt_build", 16.0),
    ("expectations", 2.0),
    ("sync_", 0.5),
)


def test_killed_in_each_stage_it_ends_in_the_same_state(tmp_path: Path) -> None:
    undisturbed = undisturbed_shop(tmp_path / "undisturbed")
    shop = Shop(tmp_path / "killed", data=undisturbed.data)
    dice = random.Random(20260615)
    with mail_server(shop):
        for stage, longest in STAGES:
            kill_in(shop, stage, dice.uniform(0.0, longest))
        shop.heddle("run", check=False)
    assert_mail_is_settled(shop)
    assert contents(shop, END_STATE) == contents(undisturbed, END_STATE)
    orphans = shop.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_name like '%\\_\\_dbt\\_%' escape '\\' or table_name like 'heddle\\_cc%' escape '\\'"
    )
    assert not orphans


@contextmanager
def mail_server(shop: Shop) -> Iterator[None]:
    """A mail server that keeps what it is sent; nobody answers, so that the data stays as it is."""
    mail = load_destinations(shop.settings).connections["mail"].config
    with SmtpSandbox(mail.host, mail.port, shop.settings.outbox / "mail", None):
        yield


def assert_mail_is_settled(shop: Shop) -> None:
    """Each planned message has one outcome; what was delivered is in the outbox once."""
    letters = [message_from_bytes(p.read_bytes())["Message-ID"] for p in (shop.state / "outbox").rglob("*.eml")]
    assert letters and len(letters) == len(set(letters))
    settled = shop.rows("select status, count(*) from activations.message_ledger group by status")
    assert set(dict(settled)) <= {"sent", "unknown"}
    assert sum(dict(settled).values()) >= len(letters)


def kill_in(shop: Shop, stage: str, after: float) -> None:
    """Kill the run some time after a step of the stage has begun; a run that was quicker is fine too."""
    run = shop.start("run")
    assert run.stdout
    for line in run.stdout:
        if f".. {stage}" in line:
            break
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.communicate()
