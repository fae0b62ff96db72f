"""can_receive -> why a message may be sent, or why not."""

from typing import Any

from sqlglot import exp

from heddle.segments.catalog import REACHABILITY_TABLE
from heddle.segments.compiler.nodes import table
from heddle.segments.explain.person import Person
from heddle.segments.rules import CanReceiveRule

_CONSENTS = "profile_consents"
_REASONS = {
    "ok": "reachable",
    "no_address": "not reachable: no address is known",
    "invalid_address": "not reachable: the address is not valid",
    "no_consent": "not reachable: no consent was given",
    "withdrawn": "not reachable: consent was withdrawn",
    "hard_bounce": "not reachable: the address bounced",
    "complaint": "not reachable: marked a message as spam",
    "unsubscribed": "not reachable: unsubscribed",
}


def reach_fact(rule: CanReceiveRule, person: Person) -> str:
    columns = [exp.column(name, table="r") for name in ("reason", "address")]
    rows = person.rows(_about(rule, REACHABILITY_TABLE).select(*columns), "r")
    if not rows:
        return f"nothing is known of {rule.can_receive} for {rule.purpose}"
    reason, address = str(rows[0]["reason"]), rows[0]["address"]
    return f"{_REASONS.get(reason, f'not reachable: {reason}')}{_said(rule, address, person)}"


def _said(rule: CanReceiveRule, address: object, person: Person) -> str:
    """The last word about the address, and when; an address is never shown."""
    if address is None or _CONSENTS not in person.wh.tables("profiles"):
        return ""
    columns = [exp.column(name, table="r") for name in ("status", "occurred_at")]
    same = exp.EQ(this=exp.column("address", table="r"), expression=exp.Literal.string(str(address)))
    rows = person.rows(_about(rule, _CONSENTS).select(*columns).where(same), "r")
    return f" (consent {rows[0]['status']} {_on(rows[0])})" if rows else ""


def _on(row: dict[str, Any]) -> str:
    return f"on {row['occurred_at']:%Y-%m-%d}" if row["occurred_at"] else "at an unknown time"


def _about(rule: CanReceiveRule, name: str) -> exp.Select:
    return (
        exp.select()
        .from_(table(name, "profiles", "r"))
        .where(
            exp.EQ(this=exp.column("channel", table="r"), expression=exp.Literal.string(rule.can_receive)),
            exp.EQ(this=exp.column("purpose", table="r"), expression=exp.Literal.string(rule.purpose)),
        )
    )
