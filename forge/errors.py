"""What ends a command of the forge with one message and no traceback."""


class ForgeError(Exception):
    """A mistake or a fault that the person can read; the message says what was found and what helps."""
