"""The receipt: signed proof of where a change has been adopted.

Owns its form and its offline check. A receipt is made by the region of the change, from pulses that the other regions
have signed, and is that region's signed word (`signed_text.py`): a msgpack array of the fields of `Receipt`. Later
versions append fields.
"""

from collections.abc import Callable

import msgspec

from replication.pulses.pulse import NotAPulse, Verify, decode_pulse
from replication.records.change_position import ChangePosition, Shared
from replication.records.position import NO_HASH
from replication.records.record import UNREADABLE, Record
from replication.records.signed_text import NotSignedText, decode_signed_text, encode_signed_text, has_signed

FORMAT_VERSION = 1
LABEL = b"keytide/receipt"


class Statement(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One region's. `pulse`: in which it says, under its signature, that it has adopted the change.

    `delay`: milliseconds from the time of the change's record to that pulse's: the change was adopted within it, as far
    as the clocks of the two regions agree.
    """

    region: str
    delay: int
    pulse: bytes


class Receipt(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`region`, `partition`, `sequence`: where the change was made. `number`, `hash`: its shared record; 0 and zeroes
    for a change that concerns its region alone. `time`: the record's, `issued`: the receipt's, in milliseconds.
    """

    format: int
    region: str
    partition: int
    sequence: int
    number: int
    hash: bytes
    time: int
    issued: int
    statements: tuple[Statement, ...]

    @property
    def position(self) -> ChangePosition:
        place = ChangePosition(self.region, self.partition, self.sequence)
        return place._replace(shared=Shared(self.number, self.hash.hex()[:32])) if self.number else place


class NotAReceipt(ValueError):
    """The text is no receipt, or does not prove what it says. The message says why."""


_read = msgspec.msgpack.Decoder(Receipt).decode
_write = msgspec.msgpack.Encoder().encode


def encode_receipt(receipt: Receipt, sign: Callable[[bytes], bytes]) -> str:
    """The receipt as its text; `sign` makes the signature of its region."""
    return encode_signed_text(LABEL, _write(receipt), receipt.region, sign)


def verify_receipt(text: str, verify: Verify) -> Receipt:
    """Read a receipt and check every signature in it, and that each statement says what it stands for.

    Nothing but the text and the regions' cards is needed. Errors: NotAReceipt.
    """
    receipt, record = _decoded(text)
    if not has_signed(receipt.region, LABEL, record, verify):
        raise NotAReceipt(f"the signature does not fit the card of {receipt.region}")
    if receipt.number == 0 and (receipt.hash != NO_HASH or receipt.statements):
        raise NotAReceipt("a change of one region alone has no statements of others")
    if len({statement.region for statement in receipt.statements}) != len(receipt.statements):
        raise NotAReceipt("a region states it twice")
    for statement in receipt.statements:
        _check(receipt, statement, verify)
    return receipt


def _decoded(text: str) -> tuple[Receipt, Record]:
    try:
        record = decode_signed_text(text)
        receipt = _read(record.signed)
    except (NotSignedText, *UNREADABLE) as error:
        reason = str(error) if isinstance(error, NotSignedText) else "its fields are not those of one"
        raise NotAReceipt(f"not a receipt: {reason}") from error
    if receipt.format < FORMAT_VERSION:
        raise NotAReceipt("not a receipt of a known form")
    return receipt, record


def _check(receipt: Receipt, statement: Statement, verify: Verify) -> None:
    try:
        pulse = decode_pulse(statement.pulse, verify)
    except NotAPulse as error:
        raise NotAReceipt(f"the statement of {statement.region}: {error}") from error
    head = pulse.adopted_of(receipt.region, receipt.partition)
    if pulse.region != statement.region or statement.delay != pulse.time - receipt.time:
        raise NotAReceipt(f"the statement of {statement.region} is not what its pulse says")
    if head.sequence < receipt.number or (head.sequence == receipt.number and head.digest != receipt.hash):
        raise NotAReceipt(f"{statement.region} does not say that it has adopted record {receipt.number}")
