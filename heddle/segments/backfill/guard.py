"""What the volume guard would have said: the rules of dbt_project/macros/membership_guard.sql."""

from heddle.segments.segment import VolumeGuard


def block_reason(guard: VolumeGuard | None, members: int, previous: int) -> str:
    """Why the membership before it would have stayed, in words; empty text when the run would have gone on."""
    if guard is None:
        return ""
    if guard.min is not None and members < guard.min:
        return f"{members} members, the guard wants at least {guard.min}"
    if guard.max is not None and members > guard.max:
        return f"{members} members, the guard allows at most {guard.max}"
    if guard.max_change is not None and previous and abs(members - previous) * 100 > guard.max_change * previous:
        return f"from {previous} to {members} members, the guard allows a change of {guard.max_change} %"
    return ""
