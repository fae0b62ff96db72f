"""The error that turns one whole file into one reject."""

from heddle.errors import SourceError


class UnreadableFileError(SourceError):
    """A file that cannot be read as what it is declared to be; the other files go on."""


class ChangedFileError(UnreadableFileError):
    """A file that is not what it was when it was looked at: says nothing of its content, which may come back."""

    def __init__(self) -> None:
        super().__init__("changed or went away while it was read; the next run looks again")
