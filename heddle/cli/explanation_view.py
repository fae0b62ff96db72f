"""How an explanation reads: the verdict in a sentence, then the path hop by hop."""

from collections.abc import Sequence

from heddle.cli.plain import moment, plain_table, print_plain
from heddle.cli.terminal import out
from heddle.identity import Explanation, Hop, Side


def print_explanation(told: Explanation) -> None:
    """Print who the two are, the verdict, the path, and what stops it."""
    for side in (told.left, told.right):
        print_plain(_about(side))
    out.print()
    print_plain(_verdict(told), "bold")
    for one in told.withheld:
        people = f"; it would have joined {one.people:,} people" if one.people else ""
        print_plain(f"  {one.label} is withheld by {one.guard} ({one.reason or 'no reason given'}){people}")
    if told.decision is not None:
        decision = told.decision
        print_plain(f"  kept apart by {decision.who or '?'} on {decision.decided_at or '?'}: {decision.why or '?'}")
    if told.hops:
        out.print()
        stopped = any(hop.stopped_by for hop in told.hops)
        columns = ["", "node", "linked by", "source", "since", *(["stopped by"] if stopped else [])]
        out.print(plain_table("Path", columns, (row[: len(columns)] for row in _path(told.hops))))
    if told.verdict == "boundary":
        _print_anchors(told)


def _about(side: Side) -> str:
    where = f"profile {side.profile_id}" if side.profile_id else "belongs to nobody"
    if side.label == where:
        return side.label
    when = f" (since {moment(side.moved[-1].happened_at)})" if side.moved else ""
    return f"{side.label}: {'now ' if side.moved else ''}{where}{when}"


def _verdict(told: Explanation) -> str:
    hops = len(told.hops)
    match told.verdict:
        case "linked":
            if not hops:
                return "One person: the same profile."
            return f"One person: {hops} {'link' if hops == 1 else 'links'} between them."
        case "withheld":
            return "Not one person: what connects them is withheld."
        case "boundary":
            return "Not one person: they are connected, but the connection crosses from one person to another."
        case "unconnected":
            return "Not one person: no source ever connected them, not even by what is withheld."
        case "unfinished":
            return "Not one person: no connection was found near them; the search gave up after 200,000 nodes."
        case "pending":
            return "Not joined yet: nothing stops this connection, the next run follows it."


def _path(hops: Sequence[Hop]) -> list[list[object]]:
    """One row per node, with the edge that leads to it from the row above."""
    rows: list[list[object]] = [[1, hops[0].left, "", "", "", ""]]
    for number, hop in enumerate(hops, 2):
        edge = hop.edge
        doubt = f" ({edge.confidence:.3f})" if edge.confidence is not None and edge.confidence < 1 else ""
        since = f"{edge.first_seen:%Y-%m-%d}" if edge.first_seen else ""
        rows.append([number, hop.right, f"{edge.rule or '?'}{doubt}", edge.source, since, hop.stopped_by])
    return rows


def _print_anchors(told: Explanation) -> None:
    out.print()
    for side in (told.left, told.right):
        if side.anchor is not None:
            print_plain(f"  {_nearest(side)}")


def _nearest(side: Side) -> str:
    if side.distance == 0:
        return f"{side.label} is an anchor itself"
    which = (
        f"the only anchor that {side.label} leads to" if side.is_only_anchor else f"the anchor nearest to {side.label}"
    )
    away = "" if side.distance is None else f", {side.distance} {'link' if side.distance == 1 else 'links'} away"
    return f"{which} is {side.anchor}{away}"
