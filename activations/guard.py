"""The limits that stop a run before its first call."""

from dataclasses import dataclass

from activations.sync_file import Guard


@dataclass(frozen=True)
class Verdict:
    """`reason` is None when the plan may be applied."""

    reason: str | None

    @property
    def word(self) -> str:
        return "blocked" if self.reason else "ok"


def judge(guard: Guard, source_rows: int, removals: int, held: int, segment: str | None) -> Verdict:
    """`removals` are the rows that left the source, or of whose consent nothing is known any more; not those whose
    consent ended, which are removed whatever the guard says. `held` is what the destination holds now; `segment` why
    the source's segment may not be used, if so."""
    if segment:
        return Verdict(segment)
    if source_rows < guard.min_source_rows:
        return Verdict(f"the source has {source_rows} rows, guard.min_source_rows is {guard.min_source_rows}")
    if removals and source_rows == 0:
        return Verdict(f"the source is empty: an empty source removes nobody, {held} rows stay")
    if guard.max_removed_rows is not None and removals > guard.max_removed_rows:
        return Verdict(f"{removals} rows would be removed, guard.max_removed_rows is {guard.max_removed_rows}")
    if held and removals * 100 > guard.max_removed * held:
        share = 100 * removals / held
        return Verdict(
            f"{removals} of {held} rows ({share:.1f} %) would be removed, guard.max_removed is {guard.max_removed:g} %"
        )
    return Verdict(None)
