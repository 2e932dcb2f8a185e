"""The commands with which the administrator of a Kafka cluster lets a region in, and makes its topics.

Owns who needs what on which cluster: a region reads and writes its own topics, and only reads those of its peers.
Pure but for the name in a certificate file. The commands are those of Kafka's own distribution.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from replication.kafka.rights import OF_A_READER, OF_ITS_MAKER, Operation
from replication.kafka.settings import REQUIRED_SETTINGS, Setting, created_settings, expiring_settings
from replication.pulses.pulse import pulse_log
from replication.pulses.pulse_log import PARTITIONS as PULSE_PARTITIONS
from replication.sharing.publication import local_log, shared_log
from services.audit.audit_log import PARTITIONS as AUDIT_PARTITIONS
from services.audit.audit_log import audit_log, audit_log_settings
from services.region_node.settings.settings import KafkaSettings, NodeSettings
from services.strict_settings import SettingsError

ANYBODY = "User:ANONYMOUS"
"""As whom Kafka knows a client that says no name."""


class Grant(NamedTuple):
    """What the region needs at one cluster."""

    cluster: KafkaSettings
    topics: tuple[str, ...]
    operations: tuple[Operation, ...]


def grants_of(settings: NodeSettings) -> Iterator[Grant]:
    """At its own cluster first, then at those of its peers; nothing where logs are read from feeds."""
    if isinstance(settings.log, KafkaSettings):
        own = [name(settings.region) for name in (local_log, shared_log, pulse_log, audit_log)]
        yield Grant(settings.log, tuple(own), OF_ITS_MAKER)
    for peer in settings.peers:
        if peer.kafka is not None:
            yield Grant(peer.kafka, (shared_log(peer.region), pulse_log(peer.region)), OF_A_READER)


def access_list_commands(settings: NodeSettings, principal: str | None, command_config: str | None) -> list[str]:
    """`principal` None: whom the settings name. Errors: SettingsError where a certificate cannot be read."""
    return [
        shlex.join(
            [
                "kafka-acls.sh",
                *_where(grant.cluster, command_config),
                "--add",
                *("--allow-principal", principal or principal_of(grant.cluster)),
                *_each("--operation", [operation.word for operation in grant.operations]),
                *_each("--topic", grant.topics),
            ]
        )
        for grant in grants_of(settings)
    ]


def topic_commands(settings: NodeSettings, command_config: str | None) -> list[str]:
    """For a cluster in which nodes make no topics. Empty where the region's logs are embedded."""
    if not isinstance(settings.log, KafkaSettings):
        return []
    region, kept = settings.region, expiring_settings(settings.pulses.kept_milliseconds)
    topics: tuple[tuple[str, int, Sequence[Setting]], ...] = (
        (local_log(region), settings.partitions, REQUIRED_SETTINGS),
        (shared_log(region), settings.partitions, REQUIRED_SETTINGS),
        (pulse_log(region), PULSE_PARTITIONS, kept),
        (audit_log(region), AUDIT_PARTITIONS, audit_log_settings(settings)),
    )
    return [shlex.join(_topic_command(settings.log, command_config, *topic)) for topic in topics]


def _topic_command(
    kafka: KafkaSettings, command_config: str | None, name: str, partitions: int, settings: Sequence[Setting]
) -> list[str]:
    made = created_settings(kafka.replicas, settings)
    counts = ["--partitions", str(partitions), "--replication-factor", str(kafka.replicas)]
    return [
        "kafka-topics.sh",
        *_where(kafka, command_config),
        *("--create", "--topic", name, *counts),
        *_each("--config", [f"{setting}={value}" for setting, value in made.items()]),
    ]


def principal_of(kafka: KafkaSettings) -> str:
    """As the cluster knows the node: its user, else the whole name in its certificate (Kafka's default rule).

    Errors: SettingsError.
    """
    if kafka.user_name is not None:
        return f"User:{kafka.user_name}"
    return ANYBODY if kafka.certificate_file is None else f"User:{_subject(kafka.certificate_file)}"


def _subject(file: Path) -> str:
    try:
        return x509.load_pem_x509_certificate(_certificate_in(file.read_bytes())).subject.rfc4514_string()
    except (OSError, ValueError) as error:
        raise SettingsError(f"certificate_file: {file} cannot be read: name the --principal") from error


def _certificate_in(pem: bytes) -> bytes:
    """From the first certificate on: a private key may stand before it."""
    return pem[max(0, pem.find(b"-----BEGIN CERTIFICATE")) :]


def _where(kafka: KafkaSettings, command_config: str | None) -> list[str]:
    configured = [] if command_config is None else ["--command-config", command_config]
    return ["--bootstrap-server", kafka.bootstrap, *configured]


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
