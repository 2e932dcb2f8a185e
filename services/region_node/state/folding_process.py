"""The process that folds a long log ahead of the state: started for a catching up, and gone with it.

Owns its life: it reads batches from its standard input, a socket, and answers each with its changes, or with why it
stops. It holds no key of the region, reads the state as a worker does, and writes nothing anywhere.
"""

import argparse
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from replication.fold.ahead_store import Changes
from replication.fold.fold_ahead import Batch, FoldAhead
from replication.state.lmdb_store import LmdbStore
from services.processes import life_line
from services.processes.collector import spare_the_collector
from services.processes.hardening import harden
from services.processes.message_socket import Hungup, receive, send

Folded = tuple[Changes | None, str]
"""The changes of a batch, or None and why there are none."""
_read_batch = msgspec.msgpack.Decoder(Batch).decode
_write = msgspec.msgpack.Encoder().encode


def main() -> None:
    given = _parser().parse_args()
    life_line.hold(given.life_line)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    harden()
    spare_the_collector()
    with socket.socket(fileno=0) as parent, closing(LmdbStore(given.state, writer=False)) as store, suppress(Hungup):
        fold = FoldAhead(store, given.region, given.partitions)
        while True:
            send(parent, _write(_folded(fold, _read_batch(receive(parent)))))


def _folded(fold: FoldAhead, batch: Batch) -> Folded:
    try:
        return fold.fold(batch), ""
    except Exception as reason:  # whatever it is, the ordinary fold meets it again, and does what is due
        return None, f"{type(reason).__name__}: {reason}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Fold a region's log ahead of its state. Started by its replicator.")
    parser.add_argument("--region", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--life-line", type=int, required=True)
    return parser


if __name__ == "__main__":
    main()
