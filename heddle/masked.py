"""Personal data is shown as its shape."""


def masked(value: object) -> str:
    """`a…(14)` for a text of 14 characters, `…` for anything else, nothing for nothing."""
    if value is None:
        return ""
    return f"{value[:1]}…({len(value)})" if isinstance(value, str) and len(value) > 1 else "…"
