"""`keytide audit digests` and `prove`: the signed digests of a trail, and the trail with all its proofs in a file."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing

from services.audit.proof.evidence import EvidenceDamaged, TrailEvidence, write_evidence
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.proofs.checkpoints import verify_by
from services.cli.proofs.receipt import believed_cards_of, identities_of
from services.cli.region_state import nodes_in
from services.durable_file import new_file
from services.region_node.settings.settings import NodeSettings
from shared.audit.cosignature import NotACosignature, Seen, decode_cosignature
from shared.audit.digest import Digest, NotADigest, Verify, decode_digest
from shared.times import instant


def main(given: Namespace) -> int:
    """0: shown. Errors: those of `services/cli/faults.py`."""
    verify = verify_by(identities_of(believed_cards_of(given.directory)))
    rows = [row for settings in nodes_in(given.directory, given.region) for row in _rows(settings, verify)]
    show_rows(rows, as_json=given.json, nothing="no digest was made yet", wide=frozenset({"hash", "previous"}))
    return 0


def prove(given: Namespace) -> int:
    """0: written. Errors: those of `services/cli/faults.py`."""
    (settings,) = nodes_in(given.directory, given.region)
    try:
        with closing(TrailEvidence(settings.trail_directory)) as trail, new_file(given.file) as file:
            write_evidence(file, settings.region, trail)
    except FileExistsError as error:
        raise CannotStart(f"{given.file} is there already; name another file") from error
    except (EvidenceDamaged, OSError) as error:
        raise CannotStart(f"{given.file} cannot be written: {error}") from error
    print(f"the audit trail of {settings.region} is in {given.file}")
    return 0


def _rows(settings: NodeSettings, verify: Verify) -> Iterator[Row]:
    with closing(TrailEvidence(settings.trail_directory)) as trail:
        try:
            cosigned = list(_seen(trail, verify))
            digests = [_read(encoded) for _, encoded in trail.digests()]
        except EvidenceDamaged as error:
            raise CannotStart(str(error)) from error
    for digest in digests:
        header = digest.header
        yield {
            "region": settings.region,
            "number": header.number,
            "end": instant(header.end),
            "chains": header.chains,
            "entries": header.entries,
            "dropped": header.dropped,
            "cosigned_by": sorted({one.witness for one in cosigned if one.number >= header.number}),
            "hash": digest.hash.hex(),
            "previous": header.previous.hex(),
        }


def _read(encoded: bytes) -> Digest:
    try:
        return decode_digest(encoded)
    except NotADigest as error:
        raise EvidenceDamaged(f"a digest cannot be read: {error}; see keytide audit verify") from error


def _seen(trail: TrailEvidence, verify: Verify) -> Iterator[Seen]:
    """Of a forged one, nothing counts: keytide audit verify names it."""
    for encoded in trail.cosignatures():
        try:
            yield decode_cosignature(encoded, verify)
        except NotACosignature:
            continue
