"""The refusal of names that are AWS's, a branch of the one tree in `shared/errors.py`."""

from shared.errors import KeytideError


class NotAuthorized(KeytideError):
    """Nobody may do this, whatever policies say."""

    code = "NotAuthorizedException"
    remedy = "Names that begin with alias/aws/ are AWS's. Choose another."
