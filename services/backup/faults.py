"""What is said where an archive cannot be made, opened or restored."""

from services.plain_fault import PlainFault


class ArchiveFault(PlainFault):
    """The archive, or a share of its key, is not what it has to be. Nothing was changed."""


class CannotBackUp(PlainFault):
    """The region cannot be backed up now. What was begun is removed."""


class CannotRestore(PlainFault):
    """The archive is not restored here. The directory is as it was."""
