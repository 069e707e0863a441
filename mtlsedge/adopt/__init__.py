"""A topology that somebody made by hand, as a stack file that changes nothing of it."""
