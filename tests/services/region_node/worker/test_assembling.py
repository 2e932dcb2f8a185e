"""What the operator has put into node.json about other regions is what the running node goes by."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from services.region_node.changes.settings import SynchronousSettings
from services.region_node.pulses.settings import StalenessSettings
from services.region_node.settings.settings import NodeSettings, read_node_settings, write_node_settings
from tests.services.region_node.running_replicator import REGIONS
from tests.services.region_node.serving import Serving, serving

HOME, PEER, _ = REGIONS


@contextmanager
def served_with(**settings: object) -> Iterator[tuple[asyncio.Runner, Serving]]:
    """A region and its peer; `settings` are those of the region's node.json that are not as usual."""

    def through_the_file(usual: NodeSettings) -> NodeSettings:
        write_node_settings(replace(usual, **settings))  # type: ignore[arg-type]
        return replace(
            read_node_settings(usual.directory, HOME),
            directory=usual.directory,
            replicator_socket=usual.replicator_socket,
        )

    with asyncio.Runner() as runner:
        made = serving(runner, PEER, change=through_the_file)
        try:
            yield runner, made
        finally:
            made.close()


def test_a_region_s_limit_of_staleness_is_told_and_refuses_a_key_of_a_primary_that_is_not_heard() -> None:
    with served_with(staleness=StalenessSettings(limit_seconds=2)) as (runner, made):
        assert made.status().gauges["staleness_limit_seconds"] == 2.0
        key_id = made.create_key(MultiRegion=True)
        made.ask("ReplicateKey", KeyId=key_id, ReplicaRegion=PEER)
        made.ask("UpdatePrimaryRegion", KeyId=key_id, PrimaryRegion=PEER)
        own = made.create_key()
        (peer,) = made.peers
        runner.run(peer.stop())
        refused = b""
        while not refused:
            status, body = encrypt(made, key_id)
            refused = body if status != 200 else b""
        assert b"has not heard from eu-west-1 for longer than the 2 seconds" in refused
        assert encrypt(made, own)[0] == 200


def encrypt(made: Serving, key_id: str) -> tuple[int, bytes]:
    body = f'{{"KeyId": "{key_id}", "Plaintext": "{base64.b64encode(b"secret").decode()}"}}'
    return made.send("Encrypt", body.encode())


def test_a_region_without_a_limit_tells_none() -> None:
    with served_with() as (_, made):
        assert "staleness_limit_seconds" not in made.status().gauges


def test_a_region_lets_its_shared_changes_wait_for_as_many_others_and_as_long_as_it_is_told() -> None:
    synchronous = SynchronousSettings(regions=1, deadline_milliseconds=321)
    with served_with(synchronous=synchronous) as (runner, made):
        (peer,) = made.peers
        runner.run(peer.stop())
        status, body = made.send("CreateKey", b'{"MultiRegion": true}')
        assert status == 500
        assert b"not yet adopted as demanded within 0.321 seconds" in body
        assert made.send("CreateKey", b"{}")[0] == 200, "nobody else has to know of it"
