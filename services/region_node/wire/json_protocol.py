"""AWS JSON 1.1: the body of a request, and the prefix of its target.

Owns the parsing of the body. What the members mean is said by the request types (`shapes.py`), what the targets are by
`routes.py`.
"""

import orjson

from shared.errors import SerializationFailed

CONTENT_TYPE = b"application/x-amz-json-1.1"
TARGET_PREFIX = b"TrentService."


def parse_body(body: bytes) -> dict[str, object]:
    """The request's JSON object; an empty body is an empty object.

    orjson takes RFC 8259 alone (no NaN, no lone surrogates, UTF-8 only) and refuses more than 1024 nested levels; what
    reads the result goes only as deep as its types, so no cap of our own is needed. Errors: SerializationFailed.
    """
    if not body:
        return {}
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise SerializationFailed("The request body is not valid JSON.") from None
    if type(document) is not dict:
        raise SerializationFailed("The request body must be a JSON object.")
    return document
