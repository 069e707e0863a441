"""The one error an operator sees: a single clear line, never a traceback and never a secret."""


class CommandError(Exception):
    """The command could not run. The text says what was found and what to do about it."""
