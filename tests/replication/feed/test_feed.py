"""The feed between regions: pinned peers read it, nobody else does, and nothing that is sent breaks it."""

import asyncio
import contextlib
import ssl
from typing import Any

import pytest

from replication.feed.feed import ANSWER_BYTES, FeedLog, PeerFeed
from replication.feed.frames import frame, read_frame
from replication.feed.voice import FeedVoice
from replication.feed.witnessed import QUESTION, cosigning
from replication.log.event_log import Entry, LogTruncated, LogUnavailable, LogUnsafe
from replication.pulses.pulse_log import LATEST_MOST
from services.region_node.peers.feed_tls import feed_tls
from shared.crypto.region_certificate import region_domain
from tests.replication.feeding import CARDS, KEYS, NOW, Feeding, feeding
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, PEER, THIRD


async def test_peer_reads_what_stands_in_the_log() -> None:
    async with feeding() as side:
        side.log.write(1, [b"one", b"two", b"three"])
        log = side.log_of(PEER)
        assert await log.read(1, 1, 10) == [Entry(1, b"two"), Entry(2, b"three")]
        assert await log.read(0, 0, 10) == []
        with pytest.raises(LogTruncated):
            await log.read(0, 7, 10)
        side.log.read_failures = 1
        with pytest.raises(LogUnavailable, match="scripted"):
            await log.read(0, 0, 10)


async def test_waiting_reader_is_answered_at_once_and_holds_up_no_other() -> None:
    async with feeding() as side:
        log = side.log_of(PEER)
        waiting = [asyncio.create_task(log.read(0, 0, 10, 30)) for _ in range(100)]
        side.log.write(1, [b"other"])
        assert len(await log.read(1, 0, 10)) == 1
        side.log.write(0, [b"news"])
        async with asyncio.timeout(5):
            assert {len(entries) for entries in await asyncio.gather(*waiting)} == {1}


async def test_stranger_and_region_under_another_name_are_refused() -> None:
    async with feeding() as side:
        side.log.write(0, [b"secret"])
        for log in (side.log_of(THIRD), side.log_of(PEER, expected=PEER)):
            with pytest.raises(LogUnavailable):
                await log.read(0, 0, 10)
        assert len(await side.log_of(PEER).read(0, 0, 10)) == 1


async def test_client_without_a_certificate_and_without_tls_gets_nothing() -> None:
    async with feeding() as side:
        bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        bare.load_verify_locations(cadata=CARDS[HOME].certificate)
        for tls, name in ((bare, region_domain(HOME)), (None, None)):
            received = b""
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", side.server.port, ssl=tls, server_hostname=name
                )
                writer.write(frame((1, "read", 2, 0, 0, 1, 0)))
                received = await reader.read()
                writer.close()
                await writer.wait_closed()
            assert received == b""


ODD: list[tuple[Any, ...]] = [
    ("write", 2, 0, 0, 1, 0),
    ("read",),
    ("read", 2, 0, 0, 1, 0, 0),
    ("read", 2, "0", 0, 1, 0),
    ("read", 2, 2, 0, 1, 0),
    ("read", 2, -1, 0, 1, 0),
    ("read", 2, True, 0, 1, 0),
    ("read", 2, 0, 1.5, 1, 0),
    ("read", 2, 0, -1, 1, 0),
    ("read", 2, 0, (1 << 64) - 1, 1, 0),
    ("read", 2, 0, 0, 0, 0),
    ("read", 2, 0, 0, -1, 0),
    ("read", 2, 0, 0, None, 0),
    ("read", 2, 0, 0, 1, "0"),
    ("read", 2, 0, 0, 1, float("nan")),
    ("read", 2, 0, 0, 1, float("inf")),
    ("read", 2, [0], {}, 1, 0),
    ("read", 0, 0, 1, 0),
    ("read", "2", 0, 0, 1, 0),
    ("read", True, 0, 0, 1, 0),
]


@pytest.mark.parametrize("question", ODD, ids=repr)
async def test_odd_question_is_answered_with_an_error(question: tuple[Any, ...]) -> None:
    async with feeding() as side:
        side.log.write(0, [b"one"])
        reader, writer = await side.connect()
        writer.write(frame((1, *question)))
        number, answer = await read_frame(reader)
        assert (number, answer[:2]) == (1, ("error", "LogUnavailable"))
        writer.write(frame((2, "read", 2, 0, 0, 1 << 40, -5)))  # more than there may be, and no waiting at all
        assert await read_frame(reader) == (2, ("entries", ((0, b"one"),)))
        writer.close()
        await writer.wait_closed()


async def test_a_reader_with_other_partitions_is_told_so() -> None:
    """It would look for an account's records where there are none."""
    async with feeding() as side:
        side.log.write(0, [b"one"])
        log = side.log_of(PEER)
        log.partitions = 16
        with pytest.raises(LogUnsafe, match="2 partitions, its reader 16"):
            await log.read(0, 0, 10)


async def test_answer_is_no_longer_than_it_may_be_and_holds_one_record_at_least() -> None:
    async with feeding() as side:
        side.log.write(0, [bytes(ANSWER_BYTES)] * 2 + [bytes(ANSWER_BYTES // 4)] * 8)
        log = side.log_of(PEER)
        counts = []
        position = 0
        while position < 10:
            entries = await log.read(0, position, 100)
            counts.append(len(entries))
            position = entries[-1].position + 1
        assert counts == [1, 1, 4, 4]


async def test_reader_that_reads_nothing_holds_up_no_other() -> None:
    async with feeding() as side:
        side.log.write(0, [bytes(ANSWER_BYTES)] * 4)
        _, writer = await side.connect()
        for number in range(40):
            writer.write(frame((number, "read", 2, 0, 0, 4, 0)))
        assert len(await side.log_of(PEER).read(0, 3, 10)) == 1
        writer.transport.abort()


async def test_lost_connection_is_unavailable_and_is_made_again() -> None:
    async with feeding() as side:
        log = side.log_of(PEER)
        waiting = asyncio.create_task(log.read(0, 0, 10, 30))
        await asyncio.sleep(0.1)
        await side.server._service.close()
        with pytest.raises(LogUnavailable, match="lost"):
            await waiting
        side.log.write(0, [b"one"])
        assert len(await log.read(0, 0, 10)) == 1


async def test_feed_that_is_not_there_is_unavailable() -> None:
    async with feeding() as side:
        log = side.log_of(PEER)
        await side.server.close()
        with pytest.raises(LogUnavailable, match="at 127"):
            await log.read(0, 0, 10)


UNFIT = [
    None,
    "entries",
    [],
    ["entries"],
    ["entries", 7],
    ["entries", [7]],
    ["entries", [[0]]],
    ["entries", [[0, 1 << 40]]],
    ["entries", [["0", b"one"]]],
    ["entries", [[4, b"before the start"]]],
    ["entries", [[6, b"one"], [6, b"again"]]],
    ["error"],
    ["error", 7, "text"],
    ["error", "LogCorrupt", "text"],
    ["other", "LogTruncated", "text"],
]


@pytest.mark.parametrize("answer", UNFIT, ids=repr)
async def test_unfit_answer_of_a_peer_is_unavailable(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(_question: Any, _seconds: float) -> Any:
        return await read_back(frame(answer))

    feed = PeerFeed("log", ("127.0.0.1", 1), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "domain")
    monkeypatch.setattr(feed._dialogue, "ask", ask)
    log = FeedLog(feed, 1)
    with pytest.raises(LogUnavailable):
        await log.read(0, 5, 10)


async def read_back(encoded: bytes) -> Any:
    reader = asyncio.StreamReader()
    reader.feed_data(encoded)
    return await read_frame(reader)


async def test_peer_reads_the_last_pulses_once_there_are_any() -> None:
    async with feeding() as side:
        source = voice_of(side)
        try:
            with pytest.raises(LogUnavailable, match="not open"):
                await source.latest_pulses(0, 0)
            side.server.pulses = log = ScriptedLog("keytide.us-east-1.pulse")
            log.write(0, [b"%d" % number for number in range(20)])
            latest = await source.latest_pulses(0, 0)
            assert [entry.position for entry in latest] == list(range(20 - LATEST_MOST, 20))
            assert [entry.record for entry in await source.latest_pulses(19, 0)] == [b"19"]
            assert await source.latest_pulses(20, 0) == []
            assert len(await source.latest_pulses(99, 0)) == LATEST_MOST
            for unfit in (("pulses", -1, 0), ("pulses", "0", 0), ("pulses", 0, float("nan")), ("pulses", 0)):
                with pytest.raises(LogUnavailable, match="does not know"):
                    await source._feed.ask(unfit, 0, 0)
        finally:
            await source.close()


async def test_a_peer_is_told_as_by_a_witness_what_was_seen_of_it() -> None:
    async with feeding() as side:
        side.server.offer(QUESTION, cosigning(lambda region: b"seen of " + region.encode()))
        source = voice_of(side)
        try:
            assert await source.cosigned(PEER) == f"seen of {PEER}".encode()
            for unfit in (("witnessed", "../.."), ("witnessed", 1), ("witnessed",)):
                with pytest.raises(LogUnavailable, match="does not know"):
                    await source._feed.ask(unfit, 0, 0)
        finally:
            await source.close()


async def test_a_peer_of_a_version_without_witnesses_has_seen_nothing() -> None:
    async with feeding() as side:
        source = voice_of(side)
        try:
            assert await source.cosigned(PEER) is None
        finally:
            await source.close()


async def test_a_shared_log_that_is_offered_later_is_waited_for() -> None:
    async with feeding() as side:
        side.server.share(None)
        reader = side.log_of(PEER)
        with pytest.raises(LogUnavailable, match="not open"):
            await reader.read(0, 0, 10)
        reading = asyncio.create_task(reader.read(0, 0, 10, wait_seconds=5))
        await asyncio.sleep(0.05)
        side.log.write(0, [b"record"])
        side.server.share(side.log)
        assert await reading == [Entry(0, b"record")]


async def test_where_a_node_of_the_peer_lets_nobody_in_the_next_question_goes_to_another() -> None:
    async with feeding() as peer:
        dead, alive = ("127.0.0.1", 1), ("127.0.0.1", peer.server.port)
        tls = feed_tls(KEYS[PEER], CARDS, NOW).client
        log = FeedLog(PeerFeed(peer.log.name, dead, tls, region_domain(HOME), (alive,)), 2)
        with pytest.raises(LogUnavailable):
            await log.read(0, 0, 10)
        assert await log.read(0, 0, 10) == []
        await log.close()


def voice_of(side: Feeding) -> FeedVoice:
    tls = feed_tls(KEYS[PEER], CARDS, NOW).client
    return FeedVoice(PeerFeed("keytide.us-east-1.pulse", ("127.0.0.1", side.server.port), tls, region_domain(HOME)))
