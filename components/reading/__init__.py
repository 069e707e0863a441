"""Reads nested values (a stack file, an AlbConfig) by declared rules, and says all that is wrong with them at once.

It knows no setting and no resource: `nodes` walks and notes, `problems` collects, `declared` says a value's kind once.
"""
