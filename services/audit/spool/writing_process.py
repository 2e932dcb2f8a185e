"""The process that writes a worker's spool: started by the worker, and gone with it.

Owns its life: it reads orders from its standard input, a socket, carries out one after the other, and answers each.
Signals to the whole process group are blocked by whoever starts it: the worker ends it, once the last answer has its
entry. It holds no key and opens nothing but the spool.

A thread of the worker would have to wait for Python's lock each time the disk has answered, and the worker's other
thread for it: at seven thousand requests a second that took a third of the worker's time.
"""

import argparse
import socket
from contextlib import suppress
from pathlib import Path

from services.audit.spool.files import SpoolFiles
from services.audit.spool.orders import carried_out, decode_order, encode_outcome
from services.processes.life_line import end_with_parent
from services.processes.message_socket import Hungup, receive


def main() -> None:
    end_with_parent()
    given = _parser().parse_args()
    files = SpoolFiles(given.spool)
    with socket.socket(fileno=0) as worker, suppress(Hungup, BrokenPipeError, ConnectionResetError):
        while True:
            worker.sendall(encode_outcome(carried_out(decode_order(receive(worker)), files)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write the audit spool of a worker, which starts this.")
    parser.add_argument("--region", required=True, help="for those who list processes")
    parser.add_argument("--spool", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
