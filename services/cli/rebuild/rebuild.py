"""`keytide rebuild begin` and `admit`: a region that has lost everything is made anew, and its peers believe it.

Owns where cards and settings come from, and what a person is told to compare and to do next.
"""

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace

from replication.state.view import SnapshotView
from services.cli.asking import tell_nothing_done
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.cli.regions_directory import Founding, founded
from services.cli.up.topology import Topology, node_settings
from services.clock import now_milliseconds
from services.front_door.settings import read_door_settings
from services.region_node.operator.questions import Verb, ask
from services.region_node.rebuild.beginning import begin_anew, require_new_topics
from services.region_node.rebuild.readmission import Known
from services.region_node.settings.settings import NodeSettings
from services.strict_settings import read_settings
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card, fingerprint
from shared.times import instant


def begin(arguments: Namespace) -> int:
    """0: made. Errors: CannotRebuild, CannotStart, KeysUnavailable, LogError, SettingsError, OSError."""
    made = founded(arguments.directory)
    here = None if made is None else OperatedRegions(arguments.directory)
    settings = _settings(arguments, made, here)
    former = _former_card(arguments, here)
    cards = _peer_cards(arguments, settings, here)
    asyncio.run(require_new_topics(settings))
    card = begin_anew(settings, former, cards, now_milliseconds())
    peers = [peer.region for peer in settings.peers]
    print(f"{settings.directory} is a new {settings.region}, with the identity\n  {fingerprint(card.identity)}")
    print(f"in place of\n  {fingerprint(decode_card(former).identity)}")
    print(f"Its card is {settings.card_file}. Keep a copy of {settings.root_file} elsewhere.")
    print("It gets nothing before every peer's operator has compared the first line and admitted it:")
    for peer in peers:
        print(f"  keytide rebuild admit {settings.region} --region {peer} --card {settings.card_file} --force")
    print("Then start it, with keytide up; what came back, and what did not: keytide rebuild show")
    return 0


def admit(arguments: Namespace) -> int:
    """0: done; 1: nothing was asked for. Errors: CannotStart, those of `ask`, OSError."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    card = (arguments.card or arguments.directory / arguments.lost / "card").read_bytes().hex()
    known = Known(*asyncio.run(ask(settings, Verb.KNOWN_OF_LOST, region=arguments.lost, card=card)))
    print("\n".join(_lines(arguments.lost, settings.region, known)))
    if not arguments.force:
        return tell_nothing_done("Compare the new identity with what its own operator sees, by another way.")
    chosen = {name: getattr(arguments, name) for name in ("even_though_it_answers", "without_the_tail")}
    asyncio.run(ask(settings, Verb.READMIT, region=arguments.lost, card=card, **chosen))
    print(f"{settings.region} believes the new {arguments.lost}; that stands in its log, and all regions hear of it")
    return 0


def _lines(lost: str, by: str, known: Known) -> Iterator[str]:
    if known.former == known.present:
        yield f"{by} believes that {lost} already:\n  {known.present}"
        return
    heard = instant(known.heard_at) if known.heard_at else "never"
    yield f"{by} believes {lost} with the identity\n  {known.former}"
    yield f"  last heard {heard}; {known.adopted:,} of its {max(known.said, known.adopted):,} shared records are here"
    yield f"and would believe in its place\n  {known.present}"
    yield f"What the former signs counts for nothing in {by} any more, whoever brings it."


def _settings(arguments: Namespace, made: Founding | None, here: OperatedRegions | None) -> NodeSettings:
    region, directory = arguments.region, arguments.directory
    if made is not None and region not in made.regions:
        raise CannotStart(f"--region: {region} is not in {directory}; there are {', '.join(made.regions)}")
    place = directory if made is None else directory / region
    if arguments.settings is not None:
        settings = read_settings(NodeSettings, arguments.settings)
        if settings.region != region:
            raise CannotStart(f"{arguments.settings} is of {settings.region}, not of {region}")
        return replace(settings, directory=place)
    if made is None or here is None:
        raise CannotStart(f"{directory} is not that of keytide up: name the region's --settings, and the cards")
    others = [node.partitions for name, node in here.nodes.items() if name != region]
    if not others:
        raise CannotStart(f"no other region's files are in {directory}: name --settings, --former-card and --peer-card")
    topology = Topology(made.regions, directory, read_door_settings(directory).listen.port, None, made.kafka)
    return replace(node_settings(topology, region), partitions=others[0])


def _former_card(arguments: Namespace, here: OperatedRegions | None) -> bytes:
    """As the peers have pinned it, who must be of one mind. Errors: CannotStart."""
    region: str = arguments.region
    if arguments.former_card is not None:
        encoded: bytes = arguments.former_card.read_bytes()
        _card(encoded, region, str(arguments.former_card))
        return encoded
    believed = {} if here is None else dict(_believed(here, region))
    if not believed:
        raise CannotStart(f"no region here believes a card of {region}: name the lost one's with --former-card")
    identities = {name: _card(encoded, region, name).identity for name, encoded in believed.items()}
    if len(set(identities.values())) > 1:
        told = "; ".join(f"{name}: {fingerprint(identity)}" for name, identity in identities.items())
        raise CannotStart(f"the peers do not agree on who {region} was ({told}): name the right one with --former-card")
    return max(believed.values(), key=lambda encoded: decode_card(encoded).sealing_number)


def _believed(here: OperatedRegions, region: str) -> Iterator[tuple[str, bytes]]:
    """By the other regions: the card that each has pinned, or is going to."""
    for name, node in here.nodes.items():
        peers = here.read(name, lambda partitions, snapshot: SnapshotView(snapshot, partitions).peers()) or {}
        if name != region and region in peers:
            yield name, peers[region].card
        elif name != region and node.peer_card_file(region).exists():
            yield name, node.peer_card_file(region).read_bytes()


def _peer_cards(arguments: Namespace, settings: NodeSettings, here: OperatedRegions | None) -> Mapping[str, bytes]:
    """Of every peer. Errors: CannotStart where one is not handed over."""
    nodes = {} if here is None else here.nodes
    found = {name: node.card_file.read_bytes() for name, node in nodes.items() if node.card_file.exists()}
    for path in arguments.peer_card:
        encoded = path.read_bytes()
        found[_card(encoded, "", str(path)).region] = encoded
    lacking = [peer.region for peer in settings.peers if peer.region not in found]
    if lacking:
        raise CannotStart(f"no card of {', '.join(lacking)} is here: name it with --peer-card")
    return {peer.region: found[peer.region] for peer in settings.peers}


def _card(encoded: bytes, region: str, place: str) -> RegionCard:
    """`region`: whose it must be; "" for anybody's. Errors: CannotStart."""
    try:
        card = decode_card(encoded)
    except MalformedCard as error:
        raise CannotStart(f"{place}: {error}") from error
    if region not in ("", card.region):
        raise CannotStart(f"{place}: it is the card of {card.region}, not of {region}")
    return card
