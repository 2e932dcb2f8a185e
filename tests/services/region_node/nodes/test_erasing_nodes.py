"""A region of several nodes erases: keys are handed to all, the log decides which is one, and every node destroys."""

import asyncio

import pytest

from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.cabinet import FRESH, domain_file, sealing_file
from services.region_node.nodes.channel import KEEP
from shared.crypto.region_card import decode_card
from shared.crypto.sealing import SealingKey
from shared.identity.model import Peer
from shared.nodes.model import Node
from tests.erasure_proof import WRAPPED, Opened
from tests.services.region_node.erasure.test_erasure import binding_of, pair_in_one_bucket, secret_of
from tests.services.region_node.nodes.erasing_nodes import HOME, ErasingNode, erasing_nodes, opened_anywhere
from tests.services.region_node.running_replicator import ACCOUNT, eventually

pytestmark = pytest.mark.timeout(180)


async def erased(nodes: list[ErasingNode], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while any(node.waiting() for node in nodes):
            await asyncio.sleep(0.1)
            for node in nodes:
                await node.round()


def same_keys(nodes: list[ErasingNode]) -> bool:
    """Whether every node holds the same keys, and none waits for the log."""
    kept = [
        {name: cabinet.open(name).reveal() for name in cabinet.names()} for cabinet in (node.cabinet for node in nodes)
    ]
    return all(one == kept[0] for one in kept) and not any(name.startswith(FRESH) for name in kept[0])


async def test_nothing_of_both_nodes_opens_once_a_key_is_erased_and_before_all_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        one, other = nodes
        doomed, living = await pair_in_one_bucket(one)
        await eventually(lambda: other.key(living) is not None)
        binding, secret, kept = binding_of(one, doomed), secret_of(one, doomed), secret_of(one, living)
        assert opened_anywhere(nodes, binding) == {Opened(HOME, WRAPPED, secret.reveal())}
        await one.end(doomed)
        assert opened_anywhere(nodes, binding) == {Opened(HOME, WRAPPED, secret.reveal())}, "deleted is not erased"
        await one.advance()
        await erased(nodes)
        assert opened_anywhere(nodes, binding) == set()
        assert secret_of(one, living) == secret_of(other, living) == kept
        await eventually(lambda: same_keys(nodes))
        told = [peer for peer in one.states("peer/") if isinstance(peer, Peer)]
        assert {tuple(node for node, _ in peer.sealing_destroyed) for peer in told} == {("node-1", "node-2")}


async def test_the_operator_may_ask_any_node_to_advance(monkeypatch: pytest.MonkeyPatch) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        one, other = nodes
        await one.end(await one.create_key())
        assert one.replicator._nodes.leads()
        await eventually(other.waiting)
        await other.advance()
        assert not other.waiting(), "it has asked the first node to destroy its keys at once, too"


async def test_of_two_nodes_that_open_an_epoch_at_once_one_wins_and_nothing_rests_on_the_losers_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        first = await nodes[0].create_key()
        bucket = nodes[0].vault.bucket(ACCOUNT, binding_of(nodes[0], first))
        acknowledged: list[str] = []

        async def creating(node: ErasingNode) -> None:
            for _ in range(60):
                acknowledged.append(await node.create_key())

        async def opening(node: ErasingNode) -> bool:
            erasure = node.replicator._own_work.erasure
            return await erasure._domains._opening.open(bucket % 2, node.domain(bucket))

        results = await asyncio.gather(*map(opening, nodes), *map(creating, nodes))
        assert sorted(map(bool, results)) == [False, False, False, True]
        await eventually(lambda: same_keys(nodes))
        assert nodes[0].domain(bucket).epoch == nodes[1].domain(bucket).epoch == 2
        assert nodes[0].kept(domain_file(bucket, 2)) is not None
        for key_id in acknowledged:
            await eventually(lambda key_id=key_id: nodes[0].key(key_id) and nodes[1].key(key_id))  # type: ignore[misc]
            assert secret_of(nodes[0], key_id) == secret_of(nodes[1], key_id)


async def test_of_two_nodes_that_exchange_the_sealing_key_at_once_one_wins_in_every_partition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        exchanges = [node.replicator._own_work.erasure._sealing._exchange for node in nodes]
        await asyncio.gather(*(exchange.begin(2) for exchange in exchanges))
        await asyncio.gather(*(exchange.follow() for exchange in exchanges))
        await eventually(lambda: same_keys(nodes))
        cards = {peer.card for node in nodes for peer in node.states(f"peer/{HOME}") if isinstance(peer, Peer)}
        assert len(cards) == 1
        seed = nodes[1].keys.cabinet.open(sealing_file(2))
        assert decode_card(cards.pop()).sealing_public == SealingKey(seed).public_bytes()


async def test_a_node_that_is_away_through_two_epochs_gets_the_keys_when_it_is_back_and_is_what_is_in_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with erasing_nodes(monkeypatch, 3, ErasureSettings(sealing_grace_seconds=0)) as nodes:
        one, other, away = nodes
        first, living = await pair_in_one_bucket(one)
        bucket = one.vault.bucket(ACCOUNT, binding_of(one, first))
        second = await key_in(one, bucket)
        kept = secret_of(one, living)
        await eventually(lambda: away.key(living) is not None)
        await away.stop()
        for epoch, doomed in ((2, first), (3, second)):
            await one.end(doomed)
            await one.replicator._own_work.erasure._domains.run(at_once=True)
            assert one.domain(bucket).epoch == epoch
        await one.replicator._own_work.erasure._domains.finish()
        await other.round()
        assert secret_of(other, living) == kept
        binding = binding_of(one, living)
        await eventually(lambda: is_away(one, "node-3"))
        waits = f"node node-3 of {HOME} has not destroyed its domain key of bucket {bucket} (it is away: "
        assert any(text.startswith(waits) for text in one.told_in_the_way())
        away.start()
        await away.ready()
        await eventually(lambda: away.kept(domain_file(bucket, 3)) is not None)
        assert secret_of(away, living) == kept
        await one.advance()
        await erased(nodes)
        assert away.kept(domain_file(bucket, 1)) is None
        await eventually(lambda: same_keys(nodes))
        assert opened_anywhere(nodes, binding) == {Opened(HOME, WRAPPED, kept.reveal())}


def is_away(node: ErasingNode, name: str) -> bool:
    """Whether the region goes on without it, as every partition says."""
    nodes = [one for one in node.states("node/") if isinstance(one, Node) and one.node == name]
    return bool(nodes) and all(one.away for one in nodes)


async def key_in(node: ErasingNode, bucket: int) -> str:
    while True:
        key_id = await node.create_key()
        if node.vault.bucket(ACCOUNT, binding_of(node, key_id)) == bucket:
            return key_id


async def test_an_epoch_is_not_opened_while_its_key_stands_on_one_of_two_nodes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        one, other = nodes
        key_id = await one.create_key()
        bucket = one.vault.bucket(ACCOUNT, binding_of(one, key_id))
        await one.end(key_id)
        await other.stop()
        await one.replicator._own_work.erasure._domains.run(at_once=True)
        await one.replicator._own_work.erasure._sealing.run(at_once=True)
        assert one.domain(bucket).epoch == 1
        assert [name for name in one.cabinet.names() if name == sealing_file(2)] == []
        (waiting,) = [name for name in one.cabinet.names() if name.startswith(f"{FRESH}domain.{bucket}.")]
        made = one.kept(waiting)
        other.start()
        await other.ready()
        await one.stop()
        one.start()
        await one.ready()
        await one.advance()
        await erased(nodes)
        assert one.domain(bucket).epoch == 2
        assert one.kept(domain_file(bucket, 2)) == other.kept(domain_file(bucket, 2)) == made


async def test_a_removed_node_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        one, other = nodes
        await one.end(await one.create_key())
        await other.stop()
        await one.replicator._nodes.remove("node-2")
        await one.advance()
        await erased([one])


@pytest.mark.parametrize("name", ["domain.99.2", "domain.0", "sealing.x", "identity", "domain.00.2", "../identity"])
async def test_what_is_no_key_of_the_region_is_not_kept(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with erasing_nodes(monkeypatch) as nodes:
        one, other = nodes
        before = other.cabinet.names()
        node = one.replicator._nodes.copies._others()["node-2"]
        assert await one.replicator._nodes._ask(node, (KEEP, name, b"sealed"), 5) == b""
        assert other.cabinet.names() == before
