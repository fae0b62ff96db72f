"""What Dagster's page of a segment says before any run: whose it is, what it means in words, and its file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Node = Mapping[str, Any]
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")


def about(node: Node) -> Mapping[str, Any] | None:
    """What the segment's file says, as the generated model carries it; None for a model that is no segment."""
    found = node["config"].get("meta", {}).get("segment")
    return found if isinstance(found, Mapping) else None


def owners(node: Node) -> list[str] | None:
    """The owner in one of the two forms that Dagster knows, an address or `team:<name>`; None when nobody is named."""
    owner = str(node["config"].get("meta", {}).get("owner") or "").strip()
    if not owner:
        return None
    return [owner if _EMAIL.fullmatch(owner) or owner.startswith("team:") else f"team:{owner}"]


def tags(node: Node) -> dict[str, str]:
    """`refresh: every-15-minutes`, to filter by in the list of assets."""
    refresh = str((about(node) or {}).get("refresh", ""))
    return {"refresh": re.sub(r"[^A-Za-z0-9_.-]+", "-", refresh)} if refresh else {}


def description(node: Node, root: Path) -> str:
    """Markdown: the definition in words, what is stored beside each member, and the YAML as it is written."""
    segment = about(node) or {}
    words = _after_lists(str(node["description"]).removeprefix("One row per stay of a member.").strip())
    payload = segment.get("payload") or []
    kept = f"\n\nStored beside each member: {', '.join(f'`{name}`' for name in payload)}." if payload else ""
    return f"{words}{kept}\n\n`{segment['file']}`\n\n{_code(root / str(segment['file']))}"


def _after_lists(words: str) -> str:
    """A line after a list is a paragraph of its own, not the end of the last item."""
    return re.sub(r"(?m)^( *- .*)\n(?! *- )", r"\1\n\n", words)


def _code(file: Path) -> str:
    """The file as a block of code that its own text cannot end."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}yaml\n{text}\n{fence}"
