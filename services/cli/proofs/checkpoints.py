"""`keytide checkpoints`: what regions have seen of each other's logs.

Owns `export`, which writes a file for `keytide verify --checkpoints`, and `show`.
"""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from replication.pulses.pulse import Verify
from replication.verify.witnessed import Shown
from replication.witness.checkpoint import FORMAT_VERSION, Cosignature, NotACheckpoint, encode_cosignature, furthest
from replication.witness.checkpoint_file import read_lines, write_lines
from replication.witness.witnessed import Witnessed, decode_witnessed
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.proofs.receipt import believed_cards_of, identities_of, no_card_of, verify_by_cards
from services.cli.region_state import nodes_in
from services.clock import now_milliseconds
from services.durable_file import replace_file
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings
from shared.crypto.region_identity import verify_signature
from shared.times import instant


class _Kept(NamedTuple):
    """What `witness` has seen of `region`."""

    witness: NodeSettings
    region: str
    witnessed: Witnessed


def export(arguments: Namespace) -> int:
    """0: written. Errors: those of `services/cli/faults.py`."""
    cosigned = [_cosigned(kept) for kept in _all_kept(arguments.directory, arguments.region)]
    replace_file(arguments.file, write_lines(cosigned).encode())
    print(f"{len(cosigned)} cosignatures are in {arguments.file}")
    return 0


def show(arguments: Namespace) -> int:
    """0: nothing is proven against anybody; 1: something is. Errors: those of `services/cli/faults.py`."""
    kept = list(_all_kept(arguments.directory, arguments.region))
    show_rows([_row(one) for one in kept], as_json=False, nothing="no region has seen anything of another")
    proven = [f"{one.witness.region} holds proof: {each.what}" for one in kept for each in one.witnessed.evidence]
    if proven:
        print("\n".join(proven))
    return int(bool(proven))


def shown_in(files: Sequence[Path], directory: Path) -> Mapping[str, Sequence[Shown]]:
    """The checkpoints in the files, by the region that they are of. Errors: CannotStart."""
    shown: dict[str, list[Shown]] = {}
    identities = identities_of(believed_cards_of(directory)) if files else {}
    for file in files:
        verify = verify_by_cards(identities, partial(_lacking, file))
        try:
            read = read_lines(file.read_text(errors="replace"), verify)
        except NotACheckpoint as error:
            raise CannotStart(f"{file}: {error}") from error
        for cosignature, seen in read:
            shown.setdefault(cosignature.region, []).extend(Shown(cosignature.witness, one) for one in seen)
    return shown


def _lacking(file: Path, region: str) -> str:
    return f"{file}: {no_card_of(region, None)}"


def verify_by(identities: Mapping[str, bytes]) -> Verify:
    """Signatures of these regions hold, and nobody else's."""

    def verify(region: str, message: bytes, signature: bytes) -> bool:
        return region in identities and verify_signature(identities[region], message, signature)

    return verify


def _all_kept(directory: Path, region: str | None) -> Iterator[_Kept]:
    verify = verify_by(identities_of(believed_cards_of(directory)))
    for settings in nodes_in(directory, region):
        for peer in sorted(peer.region for peer in settings.peers):
            path = settings.witness_directory / peer
            if path.exists():
                yield _Kept(settings, peer, _read(path, verify))


def _read(path: Path, verify: Verify) -> Witnessed:
    try:
        return decode_witnessed(path.read_bytes(), verify)
    except NotACheckpoint as error:
        raise CannotStart(f"{path}: {error}") from error


def _cosigned(kept: _Kept) -> bytes:
    keys = open_keys(kept.witness)
    shown = kept.witnessed.shown()
    cosignature = Cosignature(FORMAT_VERSION, kept.witness.region, kept.region, now_milliseconds(), shown)
    return encode_cosignature(cosignature, keys.identity.sign)


def _row(kept: _Kept) -> Row:
    highest = kept.witnessed.highest
    partitions = max((len(seen.checkpoint.heads) for seen in highest), default=0)
    return {
        "witness": kept.witness.region,
        "region": kept.region,
        "signed_at": instant(max((seen.checkpoint.time for seen in highest), default=0)),
        "records": sum(furthest(highest, partition).sequence for partition in range(partitions)),
        "evidence": len(kept.witnessed.evidence),
    }
