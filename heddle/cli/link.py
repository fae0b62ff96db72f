"""`heddle identity link`: people who share no identifier and are alike all the same."""

from typing import Annotated

import typer

from heddle.cli.terminal import err, out, shown, table
from heddle.linking import Report, link
from heddle.settings import Settings
from heddle.warehouse import open_warehouse, prepare_warehouse, publish, run_lock
from orchestration.fingerprint import forget_fingerprint


def link_people(
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Learn the weights again, although they were learnt from data like this.")
    ] = False,
) -> None:
    """Score pairs of people of the last run that share no identifier, and keep them in heddle.soft_links.

    Nobody is merged by it: the next run merges the pairs marked `merge` when HEDDLE_SOFT_LINKS=on, under the guards of
    every other link. Pairs to look at are in heddle.identity_soft_link_review. Needs `pip install heddle[link]`.

    Example: `heddle identity link`
    """
    settings = Settings.load()
    with run_lock(settings, on_wait=_waiting):
        with open_warehouse(settings) as wh:
            prepare_warehouse(wh)
            report = link(wh, settings, estimate_again=estimate)
            forget_fingerprint(wh)
        publish(settings)
    _print(report, settings)


def _print(report: Report, settings: Settings) -> None:
    columns = ["people", "pairs scored", "merges", "reviews", "seconds", "weights"]
    learnt = "none" if not report.model_hash else "learnt now" if report.estimated else "kept"
    counts = [report.people, report.pairs, report.merges, report.reviews, round(report.seconds, 1), learnt]
    out.print(table("Soft links", columns, [counts]))
    if report.compared:
        out.print(f"compared: {', '.join(report.compared)}")
    for rule, people in report.too_common.items():
        out.print(f"not used to bring pairs together: {rule} of {shown(people)} people is too common", markup=False)
    for rule in report.left_out:
        out.print(f"not used to bring pairs together: {rule} would bring too many", markup=False)
    if report.merges and not settings.soft_links:
        out.print("HEDDLE_SOFT_LINKS is off: nobody is merged. Set it to `on` and the next `heddle run` merges them.")


def _waiting(pid: int | None) -> None:
    err.print(f"another run (process {pid or 'unknown'}) is going on; waiting for it to end")
