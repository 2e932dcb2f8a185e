"""What a promotion has overtaken is done again once, whenever the node or its operator's command ends."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.region_node.operator.questions import OutcomeUnknown, Refused, Verb, ask
from services.region_node.requests.quotas import Quotas
from shared.aliases.commands import CreateAlias
from shared.aliases.decide import create_alias
from shared.decision import Decision
from shared.identifiers import key_stream, partition_of
from shared.keys import decide
from shared.keys.commands import KeyName, PutKeyPolicy, TagResource
from shared.keys.sharing import REPLICATE_TAG, alias_names
from tests.services.region_node.running_replicator import (
    ACCOUNT,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)
from tests.shared.keys.examples import AUTHOR
from tests.shared.keys.test_decide_sharing import FIRST, SECOND

LOST, PROMOTED, _ = REGIONS


def policy(region: RunningRegion, key_id: str, text: str) -> Callable[[Any], Decision]:
    command = PutKeyPolicy(KeyName(region.name, ACCOUNT, key_id), text, True, AUTHOR, 32_768)
    return lambda view: decide.put_key_policy(command, view)


async def overtaken_settings(lost: RunningRegion, here: RunningRegion) -> tuple[str, str]:
    """A key whose lost primary had its policy, an alias and its tags followed. Its id, and the name of the change."""
    for region in (lost, here):
        region.start()
    for region in (lost, here):
        await region.ready()
    await lost.replicator._administration.accounts.create(ACCOUNT, "Team")
    key_id = await lost.create_key()
    await lost.replicate(key_id, here.name)
    await eventually(lambda: here.opened(key_id))
    await here.stop()
    name = KeyName(lost.name, ACCOUNT, key_id)
    await lost.change(policy(lost, key_id, FIRST))
    await lost.change(lambda view: create_alias(CreateAlias("alias/lost", name, 50), view))
    tags = ((REPLICATE_TAG, "policy aliases tags"), ("team", "blue"))
    await lost.change(lambda view: decide.tag_resource(TagResource(name, tags, 50), view))
    await lost.stop()
    here.start()
    await here.vouched()
    asked = {"even_though_it_answers": True, "without_the_tail": True, "wait_seconds": 1}
    assert [row[1] for row in await ask(here.settings, Verb.PROMOTABLE, key_id=key_id)] == [key_id]
    await ask(here.settings, Verb.PROMOTE, account=ACCOUNT, key_id=key_id, **asked)
    assert list(await ask(here.settings, Verb.PROMOTABLE, former=lost.name)) == []
    lost.start()
    await lost.ready()
    await eventually(lambda: here.replicator._own_work.promoting._overtaken.found())
    (change,) = here.replicator._own_work.promoting._overtaken.found()
    return key_id, change.name


async def test_what_was_cut_off_is_finished_and_nothing_of_it_is_done_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(LOST, PROMOTED) as made:
        here = made[PROMOTED]
        key_id, change = await overtaken_settings(made[LOST], here)
        overtaken = here.replicator._own_work.promoting._overtaken
        write = overtaken._change

        async def cut_off(account: str, decision: Any) -> None:
            """The first record is written, and the node is gone."""
            await write(account, decision)
            raise ConnectionResetError

        monkeypatch.setattr(overtaken, "_change", cut_off)
        with pytest.raises(OutcomeUnknown):
            await ask(here.settings, Verb.DO_OVERTAKEN_AGAIN, change=change)
        monkeypatch.undo()
        await here.change(policy(here, key_id, SECOND))
        stream = key_stream(ACCOUNT, key_id)
        before = here.revision(partition_of(ACCOUNT, PARTITIONS), stream)
        assert await ask(here.settings, Verb.DO_OVERTAKEN_AGAIN, change=change) == key_id
        assert here.revision(partition_of(ACCOUNT, PARTITIONS), stream) == before
        key = here.key(key_id)
        assert key is not None
        assert (key.policy, dict(key.tags)["team"], alias_names(key)) == (SECOND, "blue", ("alias/lost",))
        with pytest.raises(Refused, match="No overtaken change"):
            await ask(here.settings, Verb.DROP_OVERTAKEN, change=change)


async def test_what_was_dropped_is_dropped_again_and_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(LOST, PROMOTED) as made:
        here = made[PROMOTED]
        key_id, change = await overtaken_settings(made[LOST], here)
        assert await ask(here.settings, Verb.DROP_OVERTAKEN, change=change) == key_id
        assert await ask(here.settings, Verb.DROP_OVERTAKEN, change=change) == key_id
        with pytest.raises(Refused, match="No overtaken change"):
            await ask(here.settings, Verb.DO_OVERTAKEN_AGAIN, change=change)
        for unknown in (f"{LOST}.0.99999", "nonsense", "a.b.c.d"):
            with pytest.raises(Refused, match="No overtaken change"):
                await ask(here.settings, Verb.DROP_OVERTAKEN, change=unknown)


async def test_what_is_done_again_is_refused_for_the_quotas_of_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(LOST, PROMOTED) as made:
        here = made[PROMOTED]
        key_id, change = await overtaken_settings(made[LOST], here)
        overtaken = here.replicator._own_work.promoting._overtaken
        for quotas, why in (
            (Quotas(policy_bytes=10), "policy"),
            (Quotas(tags_per_key=1), "tags"),
            (Quotas(aliases_per_key=0), "aliases"),
        ):
            monkeypatch.setattr(overtaken, "_settings", replace(here.settings, quotas=quotas))
            with pytest.raises(Refused, match=why):
                await ask(here.settings, Verb.DO_OVERTAKEN_AGAIN, change=change)
        monkeypatch.undo()
        assert await ask(here.settings, Verb.DO_OVERTAKEN_AGAIN, change=change) == key_id
