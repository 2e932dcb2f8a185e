"""The canonical form of a request, as SigV4 signs it.

Owns the normalization of path, query and headers. Source: AWS General Reference, "Create a canonical request"; for KMS
and STS the path is normalized and encoded once more (only S3 differs).
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

_MOST_LAYOUTS = 4096


def canonical_path(path: bytes) -> bytes:
    """`path` as received (percent-encoded): dot segments and doubled slashes go, and what is left is encoded again."""
    if path in (b"/", b""):
        return b"/"
    segments: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del segments[-1:]
        elif segment not in (b"", b"."):
            segments.append(segment)
    trailing = b"/" if segments and path.endswith(b"/") else b""
    return quote(b"/" + b"/".join(segments) + trailing, safe="/~").encode()


def canonical_query(query: bytes) -> bytes:
    """`query` as received, without its question mark: every name and value encoded anew, then sorted."""
    if not query:
        return b""
    pairs = sorted(_encoded_pair(part) for part in query.split(b"&") if part)
    return b"&".join(name + b"=" + value for name, value in pairs)


def _encoded_pair(part: bytes) -> tuple[bytes, bytes]:
    name, _, value = part.partition(b"=")
    return _encoded(name), _encoded(value)


def _encoded(text: bytes) -> bytes:
    return quote(unquote_to_bytes(text), safe="-_.~").encode()


def canonical_headers(names: tuple[bytes, ...], values: Mapping[bytes, bytes]) -> bytes:
    """One line a header, then the list of their names: values trimmed, runs of blanks within them made one.

    Errors: KeyError for an absent header.
    """
    return _layout(names) % tuple([b" ".join(values[name].split()) for name in names])


@lru_cache(maxsize=_MOST_LAYOUTS)
def _layout(names: tuple[bytes, ...]) -> bytes:
    """The lines with a place for each value. Remembered: a client signs the same headers all day."""
    escaped = [name.replace(b"%", b"%%") for name in names]
    return b"%b\n%b" % (b"".join(name + b":%b\n" for name in escaped), b";".join(escaped))
