"""Faults that a person can mend.

Owns `PlainFault`: what is said in one line instead of a traceback, wherever it comes from. Anything else is a fault of
the program.
"""


class PlainFault(Exception):
    """The message is one line: what is wrong, where, and what to do."""
