"""What is found in bytes is found once a life: three regions, their later lives and the invariants read the same ones.

Owns which pure functions are remembered, and where. The real code answers whenever something is asked for the first
time in a life; a later life asks anew, for a bug may have been planted in between.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import ModuleType
from unittest.mock import patch

from replication.fold import applying, erasing
from replication.records import body, own_record, record
from replication.state import view
from replication.writing import draft
from services.region_node.changes import recording
from services.region_node.erasure import domain_care
from shared.keys import condensing
from tests.simulation import answering, materials, region, rest, witnessed_region

PURE: tuple[tuple[str, tuple[ModuleType, ...]], ...] = (
    ("verify_signature", (answering, region, rest, witnessed_region)),
    ("_read_envelope", (record,)),
    ("read_own_record", (own_record,)),
    ("decode_events", (body, condensing)),
    ("decode_row", (applying, domain_care, erasing, recording, view)),
    ("decode_wrapped_secret", (draft, materials)),
)
"""A function's name, and the modules that ask it."""


@contextmanager
def remembering() -> Iterator[None]:
    with ExitStack() as stack:
        for name, modules in PURE:
            remembered = cache(getattr(modules[0], name))
            for module in modules:
                stack.enter_context(patch.object(module, name, remembered))
        yield
