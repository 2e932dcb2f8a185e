"""What ends a drill before it has a report, or a check before it has an answer: each message is for a person."""

from services.plain_fault import PlainFault


class CannotDrill(PlainFault):
    """The drill cannot be done here, or the regions do not come so far that it begins."""


class NotAReport(PlainFault):
    """A report that does not hold."""
