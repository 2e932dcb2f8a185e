"""Entries of access lists, for which aiokafka's admin client has no calls.

Owns making them over the tests' own way into a `SecureBroker`.
Source of the numbers: https://kafka.apache.org/protocol (CreateAcls, version 1).
"""

from collections.abc import Iterable

from aiokafka.conn import create_conn
from aiokafka.protocol.admin import CreateAclsRequest

from replication.kafka.rights import Operation

TOPIC = 2
LITERAL = 3
ALLOW = 3


async def allow(bootstrap: str, principal: str, topic: str, operations: Iterable[Operation]) -> None:
    """Allow the principal these operations on the topic."""
    host, _, port = bootstrap.partition(":")
    connection = await create_conn(host, int(port))
    try:
        for operation in operations:
            request = CreateAclsRequest(TOPIC, topic, LITERAL, principal, "*", int(operation), ALLOW)
            response = await connection.send(request)
            assert response.creation_responses[0][0] == 0
    finally:
        await connection.close()
