"""Every version of a ciphertext blob: where its key is, whichever version it has.

Owns the one dispatch on a blob's first four bytes.
"""

from shared.crypto import ciphertext_blob, store_blob
from shared.crypto.ciphertext_blob import BlobHeader


def place_of_key(blob: bytes) -> BlobHeader:
    """Where to look for the key of `blob`. Unauthenticated. Errors: InvalidCiphertext for whatever is no blob."""
    version = blob[:4]
    if version not in store_blob.VERSIONS:
        return ciphertext_blob.parse(blob)
    store_blob.split(version, blob)
    return ciphertext_blob.read_place(blob[: store_blob.PLACE_LENGTH])
