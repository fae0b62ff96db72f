"""What can be wrong with the linking model, or with the place it runs in."""

from heddle.errors import HeddleError


class LinkingError(HeddleError):
    """Soft links cannot be scored: the model file, the extra that is not installed, or a block that is too large."""
