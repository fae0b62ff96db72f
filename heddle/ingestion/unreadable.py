"""The error that turns one whole file into one reject."""

from heddle.errors import SourceError


class UnreadableFileError(SourceError):
    """A file that cannot be read as what it is declared to be; the other files go on."""
