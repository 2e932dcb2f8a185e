"""What a region publishes: the shared record that follows from one of its own applied records.

Owns the pure construction. Everything in it is determined by the fold, so a shared record built twice is the same
bytes, and its number and hash are known before it is signed.
"""

from collections.abc import Mapping

from replication.records.position import NO_HASH, Head
from replication.records.record import Author, Envelope, encode_envelope


def shared_log(region: str) -> str:
    return f"keytide.{region}.shared"


def local_log(region: str) -> str:
    return f"keytide.{region}.local"


def shared_envelope(
    local: Envelope, *, streams: tuple[str, ...], after: Head, adopted: Mapping[str, int]
) -> tuple[Envelope, bytes]:
    """The next shared record after `after`, and its signed bytes. It keeps the local record's ids and time.

    It names no request, no condition and no regional stream. What its shared part holds, every peer can read, but for
    the secrets, which are sealed.
    """
    region = local.author.region
    envelope = Envelope(
        format=local.format,
        least_reader=local.least_reader,
        record_id=local.record_id,
        command_id=local.command_id,
        author=Author(region, None, None),
        sequence=after.sequence + 1,
        previous=after.digest,
        seen_sequence=0,
        seen_digest=NO_HASH,
        log=shared_log(region),
        partition=local.partition,
        time=local.time,
        streams=tuple((stream, None) for stream in streams),
        domain=None,
        key_epoch=local.key_epoch,
        origin=None,
        adopted=dict(adopted),
        request=None,
        shared=local.shared,
        body=None,
    )
    return envelope, encode_envelope(envelope)
