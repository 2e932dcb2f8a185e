"""What `keytide promote` lists, does and tells, and how it ends; a command that is given again comes to an end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.plain_fault import PlainFault
from services.region_node.operator.questions import NotReached, OutcomeUnknown, Refused, Verb
from services.region_node.settings.settings import NodeSettings

LOST, HERE, THIRD = REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
ACCOUNT, OTHER = "111122223333", "444455556666"
FIRST, SECOND, GOING = (f"mrk-{number * 32}" for number in "123")
UNKNOWN = "mrk-" + "9" * 32
PENDING = "it is pending deletion."
ALL = ("--all", "--from", LOST)
KEYS = {FIRST: (ACCOUNT, ""), SECOND: (OTHER, ""), GOING: (ACCOUNT, PENDING)}


class Region:
    """Answers as the region's node does. `faults`: what becomes of a key; `lost`: it is done, and nobody is told;
    `late`: what is known there only after the first promotion.
    """

    def __init__(self, *keys: str) -> None:
        self.keys = {key: KEYS[key] for key in keys}
        self.faults: dict[str, PlainFault] = {}
        self.lost = ""
        self.late: dict[str, tuple[str, str]] = {}
        self.is_whole = True
        self.tried: list[tuple[str, Mapping[str, Any]]] = []

    async def ask(self, settings: NodeSettings, verb: Verb, **arguments: Any) -> Any:
        assert settings.region == HERE
        if verb is Verb.PROMOTABLE:
            return self._listed(**arguments)
        assert verb is Verb.PROMOTE
        key = arguments["key_id"]
        self.tried.append((key, arguments))
        if key in self.faults:
            raise self.faults[key]
        del self.keys[key]
        self.keys |= self.late
        if key == self.lost:
            raise OutcomeUnknown("whether it is done is unknown: no answer")
        return 1, 41, (THIRD,) if key == SECOND else ()

    def _listed(self, account: str, former: str, key_id: str) -> list[tuple[str, str, str, str]]:
        if key_id == UNKNOWN or account not in ("", ACCOUNT, OTHER):
            raise Refused(f"{HERE} holds no replica of key {key_id}", "Check the identifier.")
        if not (self.keys or self.is_whole):
            raise Refused(f"{HERE} has not built its state from its log yet", "Ask again.")
        return [
            (owner, key, LOST, refusal)
            for key, (owner, refusal) in self.keys.items()
            if account in ("", owner) and former in ("", LOST) and key_id in ("", key)
        ]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("regions")
    prepare(Topology(REGIONS, path, 8100, 1, kafka=False), 1_700_000_000_000)
    return path


class Promote:
    """The command, at a region."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._directory, self._monkeypatch, self._capsys = directory, monkeypatch, capsys

    def __call__(self, region: Region, *words: str) -> tuple[int, list[str], str]:
        """The exit status, the lines, and what is told of a fault."""
        self._monkeypatch.setattr("services.cli.promotion.promotion.ask", region.ask)
        status = main(["promote", *words, "--region", HERE, "--directory", str(self._directory)])
        told = self._capsys.readouterr()
        return status, told.out.splitlines(), told.err


@pytest.fixture
def promote(directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Promote:
    return Promote(directory, monkeypatch, capsys)


def test_keys_are_listed_those_apart_that_cannot_be_promoted_and_nothing_is_done(promote: Promote) -> None:
    region = Region(FIRST, SECOND, GOING)
    assert promote(region, *ALL)[:2] == (
        1,
        [
            f"2 keys would have their primary in {HERE}:",
            f"  {ACCOUNT} {FIRST}  primary in {LOST}",
            f"  {OTHER} {SECOND}  primary in {LOST}",
            "1 keys cannot be promoted:",
            f"  {ACCOUNT} {GOING}  primary in {LOST}; no: {PENDING}",
            "Nothing was changed. To do it, say --force.",
        ],
    )
    assert region.tried == []


def test_all_that_can_be_promoted_are_and_no_other_is_tried(promote: Promote) -> None:
    region = Region(FIRST, GOING, SECOND)
    status, lines, _ = promote(region, *ALL, "--force", "--wait", "3", "--without-the-tail")
    assert (status, [key for key, _ in region.tried]) == (0, [FIRST, SECOND])
    assert lines == [
        "1 keys cannot be promoted:",
        f"  {ACCOUNT} {GOING}  primary in {LOST}; no: {PENDING}",
        f"[1/2] {ACCOUNT} {FIRST}: promoted, epoch 1; it builds on record 41 of {LOST}",
        f"[2/2] {OTHER} {SECOND}: promoted, epoch 1; it builds on record 41 of {LOST}; could not be asked: {THIRD}",
        f"2 of 2 keys have their primary in {HERE} now.",
    ]
    asked = {"account": ACCOUNT, "key_id": FIRST, "even_though_it_answers": False}
    assert region.tried[0][1] == {**asked, "without_the_tail": True, "wait_seconds": 3}


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize(
    ("keys", "words", "status", "told"),
    [
        ((), ALL, 0, f"Nothing is left to promote: {HERE} holds no replica whose primary is in {LOST}."),
        ((GOING,), ALL, 0, f"Nothing is left to promote: {HERE} holds no other replica whose primary is in {LOST}."),
        (
            (FIRST,),
            ("--account", OTHER),
            0,
            f"Nothing is left to promote: {HERE} holds no replica of account {OTHER} whose primary is elsewhere.",
        ),
        ((SECOND,), (FIRST,), 0, f"{HERE} has the primary of {FIRST} already."),
        ((GOING,), (GOING,), 1, f"  {ACCOUNT} {GOING}  primary in {LOST}; no: {PENDING}"),
    ],
)
def test_where_nothing_is_left_to_do_that_is_said(
    keys: tuple[str, ...], words: tuple[str, ...], status: int, told: str, force: tuple[str, ...], promote: Promote
) -> None:
    region = Region(*keys)
    ended, lines, _ = promote(region, *words, *force)
    assert (ended, lines[-1], region.tried) == (status, told, [])


def test_keys_that_are_known_only_by_then_are_not_passed_over_with_0(promote: Promote) -> None:
    region = Region(FIRST)
    region.late = {SECOND: KEYS[SECOND]}
    status, lines, _ = promote(region, *ALL, "--force")
    assert (status, lines[-1]) == (1, "1 more keys can be promoted by now: give the same command again.")
    region.late = {}
    assert promote(region, *ALL, "--force")[0] == 0


def test_a_region_that_is_building_its_state_has_not_promoted_all(promote: Promote) -> None:
    region = Region(FIRST)
    region.is_whole = False
    status, lines, fault = promote(region, *ALL, "--force")
    assert (status, lines[-1]) == (1, f"1 of 1 keys have their primary in {HERE} now.")
    assert "has not built its state" in fault


def test_a_command_whose_answer_was_lost_ends_with_0_when_it_is_given_again(promote: Promote) -> None:
    region = Region(FIRST, SECOND, GOING)
    region.lost = FIRST
    status, lines, _ = promote(region, *ALL, "--force")
    assert status == 1
    assert lines[2:] == [
        f"[1/2] {ACCOUNT} {FIRST}: whether it is done is unknown: no answer",
        f"[2/2] {OTHER} {SECOND}: promoted, epoch 1; it builds on record 41 of {LOST}; could not be asked: {THIRD}",
        f"1 of 2 keys have their primary in {HERE} now.",
    ]
    assert promote(region, *ALL, "--force")[0] == 0
    assert len(region.tried) == 2


@pytest.mark.parametrize("fault", [Refused("the lost region is heard", "Wait."), NotReached("it does not run")])
def test_a_key_that_is_refused_now_keeps_no_other_from_its_turn(fault: PlainFault, promote: Promote) -> None:
    region = Region(FIRST, SECOND)
    region.faults[FIRST] = fault
    status, lines, _ = promote(region, *ALL, "--force")
    assert (status, lines[-1]) == (1, f"1 of 2 keys have their primary in {HERE} now.")
    assert lines[0] == f"[1/2] {ACCOUNT} {FIRST}: not promoted: {fault}"
    region.faults.clear()
    assert promote(region, *ALL, "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "tried"),
    [
        ((FIRST,), [FIRST]),
        ((f"arn:aws:kms:{LOST}:{ACCOUNT}:key/{FIRST}",), [FIRST]),
        ((f"arn:aws:kms:{LOST}:{OTHER}:key/{FIRST}",), []),
        (("--account", OTHER), [SECOND]),
        (("--all", "--from", THIRD), []),
    ],
)
def test_what_is_named_is_promoted(words: tuple[str, ...], tried: list[str], promote: Promote) -> None:
    region = Region(FIRST, SECOND)
    assert promote(region, *words, "--force")[0] == 0
    assert [key for key, _ in region.tried] == tried


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((UNKNOWN,), f"{HERE} holds no replica of key {UNKNOWN}. Check the identifier."),
        (("--account", "999988887777"), "holds no replica"),
        (("--all",), "--all and --from REGION are said together"),
        ((FIRST, "--from", LOST), "--all and --from REGION are said together"),
        (("--all", "--from", HERE), "--from is the lost region, and --region another"),
    ],
)
def test_a_slip_of_the_hand_is_no_success(words: tuple[str, ...], told: str, promote: Promote) -> None:
    region = Region(FIRST)
    status, _, fault = promote(region, *words, "--force")
    assert (status, region.tried) == (1, [])
    assert told in fault
