"""A node joins a running region by a token: over the real channel, log and state; and a region that knows its nodes."""

import asyncio

import pytest

from replication.feed.frames import Dialogue
from replication.writing.draft import Answer, Draft
from replication.writing.serving_lease import ALONE, WAIT_SECONDS
from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.root import read_root_file
from services.region_node.nodes.channel import APPLIED, DESTROY, KEEP, KEYS, LEASE, REFUSED
from services.region_node.nodes.channel_tls import joining_tls
from services.region_node.nodes.joining import NewNode, NotJoined, join
from services.region_node.nodes.lease_file import LeaseFile
from services.region_node.nodes.tokens import decode_token, encode_token
from services.region_node.operator.questions import Refused, Verb, ask
from services.region_node.settings.settings import Address, NodeSettings
from shared.crypto.node_card import node_name
from shared.crypto.region_certificate import region_domain
from shared.crypto.region_identity import RegionIdentity
from shared.nodes.events import NodeMissed
from tests.services.region_node.nodes.first_node import HOME, first_node
from tests.services.region_node.running_replicator import KEYS as REGION_KEYS
from tests.services.region_node.running_replicator import RunningRegion, eventually, free_ports


def new_node(running: RunningRegion, name: str = "node-2", folder: str = "") -> NewNode:
    listening = [Address("127.0.0.1", port) for port in free_ports(3)]
    directory = running.settings.directory.parent / (folder or name)
    return NewNode(directory, name, listening[0], listening[1], listening[2], 1)


async def token(running: RunningRegion, seconds: int = 600) -> str:
    text = await ask(running.settings, Verb.NODE_TOKEN, seconds=str(seconds))
    assert isinstance(text, str)
    return text


async def listed(settings: NodeSettings) -> list[tuple[str, str]]:
    """A node that joins and does not start is missed soon."""
    told = await ask(settings, Verb.NODE_LIST)
    return [(name, standing.replace("away", "admitted")) for name, _, standing in told]


def deadline(running: RunningRegion) -> float:
    return LeaseFile(running.settings.lease_file).deadline()


async def test_a_node_gets_the_regions_keys_and_its_settings() -> None:
    async with first_node() as running:
        new = new_node(running)
        settings = await join(await token(running), new)
        keys = open_region_keys(settings.keys_directory, HOME, read_root_file(settings.root_file))
        assert keys.mac_key.reveal() == REGION_KEYS[HOME].mac_key.reveal()
        assert keys.domain_keys.held().keys() == REGION_KEYS[HOME].domain_keys.held().keys()
        assert (settings.node, settings.joined, settings.partitions) == ("node-2", True, running.settings.partitions)
        assert settings.log_directory.resolve() == running.settings.log_directory.resolve()
        assert await listed(running.settings) == [("node-1", "admitted"), ("node-2", "admitted")]


async def test_a_token_is_good_for_one_node() -> None:
    async with first_node() as running:
        text = await token(running)
        await join(text, new_node(running))
        with pytest.raises(NotJoined, match="used already, for node-2: make another one") as refused:
            await join(text, new_node(running, "node-3"))
        assert "given before" not in str(refused.value)
        assert ("node-3", "admitted") not in await listed(running.settings)


async def test_a_name_is_given_once() -> None:
    async with first_node() as running:
        await join(await token(running), new_node(running))
        text = await token(running)
        with pytest.raises(NotJoined, match=r"node-2 was given before.*another with --name") as refused:
            await join(text, new_node(running, "node-2", "elsewhere"))
        assert "used already" not in str(refused.value)
        assert (await join(text, new_node(running, "node-3"))).node == "node-3", "the token is good for another name"


async def test_a_forged_token_learns_of_no_name_and_of_no_token() -> None:
    async with first_node() as running:
        text = await token(running)
        await join(text, new_node(running))
        forged = encode_token(decode_token(text), RegionIdentity.generate())
        with pytest.raises(NotJoined, match="the token was made by no node of us-east-1") as refused:
            await join(forged, new_node(running, "node-2", "elsewhere"))
        assert not {"used", "given"} & set(str(refused.value).split())


async def test_who_was_interrupted_shows_the_same_token_again() -> None:
    async with first_node() as running:
        text, new = await token(running), new_node(running)
        settings = await join(text, new)
        (settings.directory / "node.json").unlink()
        for file in (settings.keys_directory / HOME).iterdir():
            file.unlink()
        (settings.keys_directory / HOME).rmdir()
        assert (await join(text, new)).node == "node-2"


async def test_a_token_runs_out() -> None:
    async with first_node() as running:
        text = await token(running, seconds=-1)
        with pytest.raises(NotJoined, match="run out"):
            await join(text, new_node(running))


async def test_a_region_that_has_given_a_token_believes_no_more_that_it_is_alone() -> None:
    async with first_node() as running:
        assert deadline(running) == ALONE
        await token(running)
        assert 0 < deadline(running) < ALONE
        await running.stop()
        running.start()
        await running.ready()
        assert deadline(running) < ALONE


async def test_a_node_whose_last_other_one_is_removed_is_alone_again() -> None:
    async with first_node() as running:
        await join(await token(running), new_node(running))
        await ask(running.settings, Verb.NODE_REMOVE, node="node-2")
        await eventually(lambda: deadline(running) == ALONE)
        assert await listed(running.settings) == [("node-1", "admitted"), ("node-2", "removed")]


async def test_a_node_that_is_missed_in_the_moment_of_its_removal_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with first_node() as running:
        await join(await token(running), new_node(running))
        nodes = running.replicator._nodes
        admission, record = nodes._admission, nodes._recorded.record
        assert admission is not None
        submit, missed = admission._submit, set[int]()

        async def after_an_absence(draft: Draft) -> Answer:
            if draft.partition not in missed:
                missed.add(draft.partition)
                await record(draft.partition, [NodeMissed("node-2", "node-1")])
            return await submit(draft)

        monkeypatch.setattr(admission, "_submit", after_an_absence)
        await ask(running.settings, Verb.NODE_REMOVE, node="node-2")
        assert missed == {0, 1}
        assert all(there["node-2"].removed for there in nodes._membership.members().by_partition)


@pytest.mark.parametrize("node", ["node-1", "node-9"])
async def test_nobody_removes_itself_or_who_never_was(node: str) -> None:
    async with first_node() as running:
        with pytest.raises(Refused):
            await ask(running.settings, Verb.NODE_REMOVE, node=node)


async def took(running: RunningRegion) -> float:
    """Seconds that a change takes."""
    began = asyncio.get_running_loop().time()
    await running.create_key()
    return asyncio.get_running_loop().time() - began


async def test_a_node_that_is_away_is_waited_for_once() -> None:
    async with first_node() as running:
        await join(await token(running), new_node(running))
        nodes = running.replicator._nodes
        await eventually(lambda: nodes._membership.members().by_partition[1]["node-2"].away)
        await asyncio.sleep(WAIT_SECONDS)
        assert [told[2] for told in await ask(running.settings, Verb.NODE_LIST)] == ["admitted", "away"]
        assert await took(running) < WAIT_SECONDS
        assert 0 < deadline(running) < ALONE, "it goes on by the log, and does not believe that it is alone"


async def test_who_is_no_node_may_ask_nothing_but_to_join() -> None:
    async with first_node() as running:
        token_ = decode_token(await token(running))
        host, _, port = token_.address.rpartition(":")
        name = region_domain(node_name(HOME, token_.node))
        context = joining_tls(token_.certificate)
        dialogue = Dialogue(lambda: asyncio.open_connection(host, int(port), ssl=context, server_hostname=name))
        keys = ((KEYS, ["domain.0.1"]), (KEEP, "domain.0.2", b""), (DESTROY,))
        for question in ((LEASE, [0, 0], ["node-1"]), *keys, (APPLIED, 0, 0, 1.0)):
            assert await dialogue.ask(question, 5) == REFUSED
        await dialogue.close()
