"""What a node may do with a topic, and what it needs.

Owns the operations of Kafka's access lists (KIP-430: how a broker tells them) and the two needs: that of the region
whose log it is, and that of its peers. READ and WRITE let a client DESCRIBE, too.
Source: https://kafka.apache.org/documentation/#operations_resources_and_protocols
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Operation(IntEnum):
    """AclOperation of Kafka: the number is the bit in what a broker tells."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10

    @property
    def word(self) -> str:
        """As kafka-acls.sh takes it: `DescribeConfigs`."""
        return "".join(part.capitalize() for part in self.name.split("_"))


OF_ITS_REGION: Final = (Operation.READ, Operation.WRITE, Operation.DESCRIBE_CONFIGS)
OF_ITS_MAKER: Final = (Operation.CREATE, *OF_ITS_REGION)
"""CREATE only until the topic is there."""
OF_A_READER: Final = (Operation.READ,)
NOT_TOLD: Final = -(2**31)
"""What a broker says that was not asked, or does not know."""


def lacking(told: int, needed: Iterable[Operation]) -> tuple[Operation, ...]:
    """Those of `needed` that are not among what the broker has told."""
    if told == NOT_TOLD:
        return ()
    return tuple(operation for operation in needed if not told >> operation & 1)
