"""What the volume guard of a segment would say to a size; the run itself asks in `macros/membership_guard.sql`."""

from heddle.segments.segment import VolumeGuard


def block_reason(guard: VolumeGuard | None, members: int, previous: int | None) -> str | None:
    """Why the next run would keep the old members, None when it would not. `previous` is what is stored now."""
    if guard is None:
        return None
    if guard.min is not None and members < guard.min:
        return f"{members} members, the guard wants at least {guard.min}"
    if guard.max is not None and members > guard.max:
        return f"{members} members, the guard allows at most {guard.max}"
    if guard.max_change is not None and previous and abs(members - previous) * 100 > guard.max_change * previous:
        return f"from {previous} to {members} members, the guard allows a change of {guard.max_change:g} %"
    return None
