"""Errors that a person reads: what happened, where (`file:line`) and what to do about it.

None of them may carry personal data: counts, names of things and `file:line` only.
"""


class HeddleError(Exception):
    """Base of every error that Heddle raises on purpose; `str()` of it is ready to be shown."""

    def __init__(self, what: str, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        located = f"{self.where}: {self.what}" if self.where else self.what
        return f"{located}\n  {self.hint}" if self.hint else located


class SettingsError(HeddleError):
    """The environment or the folder that Heddle was started in is not usable."""


class WarehouseError(HeddleError):
    """The warehouse refused: locked, full, unreadable, or a statement failed."""


class WarehouseFull(WarehouseError):
    """No room: disk or memory. What was being written is undone; the same step can run again later."""


class UnreadableData(WarehouseError):
    """The engine cannot read the file it was pointed at."""


class SourceError(HeddleError):
    """A declared source cannot be loaded."""


class SegmentError(HeddleError):
    """A segment file does not say something that can be compiled."""


class SyncError(HeddleError):
    """A sync, trigger, template or destination is declared or behaves wrongly."""


class StopSync(SyncError):
    """A destination cannot go on at all (credentials, dead server): stop this sync, keep the others."""


class RetryLater(SyncError):
    """A destination asks for patience; `after` is in seconds."""

    def __init__(self, what: str, after: float = 1.0, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, where, hint)
        self.after = after


class RejectRecord(SyncError):
    """A destination will never take this one record; the rest of the batch is fine."""
