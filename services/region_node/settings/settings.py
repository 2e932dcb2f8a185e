"""What one node of a region is told: addresses, its log, its peers, its quotas, and whom outside it believes.

Owns `NodeSettings` and its file, `node.json` in the node's directory. Peers stand in this file only, never on a command
line. Paths in the file may be relative; they are read from the node's directory.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from services.audit.settings import AuditSettings
from services.region_node.changes.settings import SynchronousSettings
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.kafka.access import check_kafka, placed_files
from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings
from services.region_node.own_work.settings import RotationSettings
from services.region_node.pulses.settings import PulseSettings, StalenessSettings
from services.region_node.requests.quotas import Quotas
from services.region_node.requests.settings import AttestationSettings, DecisionSettings, RequestQuotaSettings
from services.region_node.sts.settings import IdentityProviderSettings
from services.region_node.witness.settings import WitnessSettings
from services.strict_settings import UNWRITTEN, SettingsError, read_settings, write_settings
from services.tracing.settings import TracingSettings
from shared.identifiers import REGION_PATTERN
from shared.nodes.model import NODE_PATTERN

SETTINGS_FILE = "node.json"
DOOR_SOCKET = "door.sock"
REPLICATOR_SOCKET = "replicator.sock"
REPLICAS = 3
"""Copies of a topic: one may be away and one lost, and what was acknowledged is still there."""
LONGEST_SOCKET_PATH = 103
"""Bytes that a Unix socket's path may have everywhere (sun_path: 108 on Linux, 104 on macOS, one for the end)."""

_Log = TypeVar("_Log")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a TCP service listens. Port 0 lets the system choose."""

    host: str
    port: int

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"port: must be between 0 and 65535, not {self.port}")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """A Kafka cluster and how to be let in. Files are PEM; the password stands in a file of its own."""

    bootstrap: str
    """`host:port[,host:port…]`"""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    certificate_authority_file: Path | None = None
    """None: the authorities that the system trusts."""
    certificate_file: Path | None = None
    private_key_file: Path | None = None
    """None: the private key stands in `certificate_file`, too."""
    sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] | None = None
    user_name: str | None = None
    password_file: Path | None = None
    cluster_id: str | None = None
    """Kafka's id of the cluster. None: the first one that answers."""
    replication_factor: int | None = None
    """Replicas that a topic is made with and must have, from 2 on with `min.insync.replicas` 2. None: 3, and 1 where
    `development` is set."""
    development: bool = False
    """One broker and one copy of everything will do: what it holds is lost with it."""

    def __post_init__(self) -> None:
        check_kafka(self)

    @property
    def replicas(self) -> int:
        return self.replication_factor or (1 if self.development else REPLICAS)


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """A peer region, and where its shared log is read: its own Kafka cluster, or else its nodes' feed.

    The feed hands on what the peer has adopted of third regions, whatever its log is.
    """

    region: str
    feed: Address | None = None
    kafka: KafkaSettings | None = None
    other_feeds: tuple[Address, ...] = ()
    """Of the region's other nodes, asked where the first does not answer."""

    def __post_init__(self) -> None:
        if self.feed is None and self.kafka is None:
            raise SettingsError(f"peers: {self.region} needs a feed, a kafka, or both")


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """One node's settings. `directory` is where the file stands; it is not a member of the file."""

    region: str
    api: Address
    """The KMS API of the region."""
    feed: Address
    """Where peers read this region's shared log, unless it is on Kafka, and what it has adopted of third regions."""
    node: str = "node-1"
    channel: Address | None = None
    """Where the other nodes of the region reach this one. None: it can have no others."""
    joined: bool = False
    """Whether the region was there before the node: then it serves nothing before the region's log says its name."""
    logs_of: Path = Path()
    """The directory of the node that keeps the embedded logs, where they are not this node's own."""
    unleased_seconds: int = 0
    """So long a node of several serves on after its last lease while its region's log is away. 0: not at all. Within
    that time it may honour what another node has revoked."""
    workers: int = 1
    partitions: int = 16
    """Equal in all regions and fixed for ever: see `shared.identifiers.partition_of`."""
    log: Literal["embedded"] | KafkaSettings = "embedded"
    peers: tuple[PeerSettings, ...] = ()
    quotas: Quotas = field(default_factory=Quotas)
    request_quotas: RequestQuotaSettings = field(default_factory=RequestQuotaSettings)
    attestation: AttestationSettings = field(default_factory=AttestationSettings)
    decisions: DecisionSettings = field(default_factory=DecisionSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    pulses: PulseSettings = field(default_factory=PulseSettings)
    staleness: StalenessSettings = field(default_factory=StalenessSettings)
    synchronous: SynchronousSettings = field(default_factory=SynchronousSettings)
    witness: WitnessSettings = field(default_factory=WitnessSettings)
    rotation: RotationSettings = field(default_factory=RotationSettings)
    erasure: ErasureSettings = field(default_factory=ErasureSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    external_key_stores: tuple[ExternalKeyStoreSettings, ...] = ()
    hsm_clusters: tuple[HsmClusterSettings, ...] = ()
    identity_providers: tuple[IdentityProviderSettings, ...] = ()
    door_socket: Path = Path(DOOR_SOCKET)
    """The Unix socket on which the front door reaches the node's workers."""
    replicator_socket: Path = Path(REPLICATOR_SOCKET)
    """The Unix socket on which the workers reach the replicator."""
    scrub_bytes_per_second: int = 64 << 10
    """How fast the region's own logs are read from their beginning, to find damage behind the state. 0: not at all."""
    scrub_pause_hours: int = 24
    """From the end of one such reading to the beginning of the next."""
    directory: Path = field(default=Path(), metadata=UNWRITTEN)

    def __post_init__(self) -> None:
        if REGION_PATTERN.fullmatch(self.region) is None:
            raise SettingsError(f"region: {self.region!r} is no region name; one looks like us-east-1")
        if self.workers < 1:
            raise SettingsError(f"workers: must be at least 1, not {self.workers}")
        if self.partitions < 1:
            raise SettingsError(f"partitions: must be at least 1, not {self.partitions}")
        if NODE_PATTERN.fullmatch(self.node) is None:
            raise SettingsError(f"node: {self.node!r} is no name of a node; one looks like node-1")
        for name in ("scrub_bytes_per_second", "scrub_pause_hours", "unleased_seconds"):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name}: must be at least 0, not {getattr(self, name)}")
        if self.synchronous.regions > len(self.peers):
            raise SettingsError(f"synchronous.regions: is {self.synchronous.regions}, with {len(self.peers)} peers")
        names = [self.region, *(peer.region for peer in self.peers)]
        if len(set(names)) != len(names):
            raise SettingsError("peers: a region is named twice, or is this region itself")

    @property
    def logs_directory(self) -> Path:
        return self.directory / "logs"

    @property
    def state_directory(self) -> Path:
        """The state that the fold has made; it can be built again from the log."""
        return self.directory / "state"

    @property
    def usage_directory(self) -> Path:
        """When each key was last used. It follows from no log: a lost one begins anew."""
        return self.directory / "usage"

    @property
    def decisions_directory(self) -> Path:
        """What was allowed and refused lately, and why. It follows from no log, and a lost one begins anew."""
        return self.directory / "decisions"

    @property
    def spool_directory(self) -> Path:
        """The audit entries of this node's workers, until the region's audit log has them."""
        return self.directory / "audit" / "spool"

    @property
    def security_log_directory(self) -> Path:
        return self.directory / "audit" / "security"

    @property
    def trail_directory(self) -> Path:
        """The audit trail of the region as this node keeps it: archive, index and proofs."""
        return self.directory / "audit" / "trail"

    @property
    def audit_log_directory(self) -> Path:
        """The embedded audit log."""
        return self.directory / self.logs_of / "audit" / "log"

    @property
    def log_directory(self) -> Path:
        """The embedded log."""
        return self.directory / self.logs_of / "log"

    @property
    def pulses_directory(self) -> Path:
        """The embedded log of pulses. It follows from no log, and a lost one begins anew."""
        return self.directory / self.logs_of / "pulses"

    @property
    def witness_directory(self) -> Path:
        """What this region has seen of its peers. It follows from no log, and a lost one proves less."""
        return self.directory / "witness"

    @property
    def scrub_mark_file(self) -> Path:
        """What the scrub reads at the moment: see `scrub/guard.py`."""
        return self.directory / "scrub.reading"

    @property
    def keys_directory(self) -> Path:
        """Holds `<region>/`, the sealed key files."""
        return self.directory / "keys"

    @property
    def root_file(self) -> Path:
        """What the key files are sealed under, unless a passphrase is given."""
        return self.directory / "root"

    @property
    def lease_file(self) -> Path:
        """Until when the node may serve: see `nodes/lease_file.py`."""
        return self.directory / "lease"

    @property
    def card_file(self) -> Path:
        """This region's card, to be given to the peers."""
        return self.directory / "card"

    def peer_card_file(self, region: str) -> Path:
        """The card that this region pins for the peer."""
        return self.directory / "peers" / f"{region}.card"


def read_node_settings(directory: Path, region: str) -> NodeSettings:
    """The settings of the node in `directory`. Errors: SettingsError, also when they are another region's."""
    return _placed(stored_node_settings(directory, region))


def stored_node_settings(directory: Path, region: str) -> NodeSettings:
    """The same with the sockets' paths as they are written down: what may be written again."""
    settings = read_settings(NodeSettings, directory / SETTINGS_FILE)
    if settings.region != region:
        raise SettingsError(f"{directory / SETTINGS_FILE}: region: is {settings.region}, but {region} was asked for")
    return replace(settings, directory=directory)


def write_node_settings(settings: NodeSettings) -> None:
    """Write `node.json` into the settings' directory (mode 0600). The directory itself is not written down."""
    write_settings(settings, settings.directory / SETTINGS_FILE)


def _placed(settings: NodeSettings) -> NodeSettings:
    return replace(
        settings,
        door_socket=_socket_path(settings.directory / settings.door_socket, "door_socket"),
        replicator_socket=_socket_path(settings.directory / settings.replicator_socket, "replicator_socket"),
        log=placed_log(settings.log, settings.directory),
        peers=tuple(replace(peer, kafka=placed_log(peer.kafka, settings.directory)) for peer in settings.peers),
    )


def placed_log(log: _Log, directory: Path) -> _Log:
    """A cluster with its files found in the node's directory; what is none as it is."""
    return replace(log, **placed_files(log, directory)) if isinstance(log, KafkaSettings) else log


def _socket_path(path: Path, member: str) -> Path:
    if len(bytes(path)) > LONGEST_SOCKET_PATH:
        raise SettingsError(f"{member}: {path} is longer than {LONGEST_SOCKET_PATH} bytes; name a shorter path")
    return path
