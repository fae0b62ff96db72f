"""What cannot be answered or decided about an identity. Never carries an identifier, only types and profile ids."""

from heddle.errors import HeddleError


class IdentityError(HeddleError):
    """The question names nobody, or too many, or the decision contradicts an earlier one."""
