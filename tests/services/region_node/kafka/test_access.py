"""A cluster that lets in only whom it knows: passwords, certificates and access lists, told apart when they lack."""

import shlex
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from replication.kafka.diagnosis import BrokerRefuses
from replication.kafka.log import KafkaLog
from replication.kafka.rights import OF_ITS_MAKER, OF_ITS_REGION, Operation
from replication.kafka.topic import LogForbidden
from replication.log.event_log import AppendUnknown, LogError
from replication.pulses.pulse import pulse_log
from replication.sharing.publication import local_log, shared_log
from services.audit.audit_log import audit_log, open_audit_log
from services.processes.command_line import bare_environment
from services.region_node.kafka.access import kafka_security
from services.region_node.kafka.commands import access_list_commands, topic_commands
from services.region_node.kafka.logs import own_kafka_log, read_kafka_log
from services.region_node.replicator.node_logs import open_own_logs, open_own_pulses, open_records
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings, PeerSettings
from tests.authority import Authority
from tests.contract.kafka_access import allow
from tests.contract.kafka_broker import started
from tests.contract.kafka_secure import USER, SecureBroker
from tests.contract.logs import eventually

CLIENT = "keytide-eu-west-1"

NUMBERS = count(1)
TOOLS = {
    "kafka-acls.sh": "org.apache.kafka.tools.AclCommand",
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
}
"""The classes that Kafka's scripts run."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    cluster = SecureBroker(tmp_path_factory.mktemp("kafka"))
    with started(cluster.broker):
        yield cluster


@pytest.fixture
def region() -> str:
    """Of its own for each test, and so its topics and their access lists."""
    return f"eu-test-{next(NUMBERS)}"


def by_password(cluster: SecureBroker, mechanism: Any = "SCRAM-SHA-512") -> KafkaSettings:
    return KafkaSettings(
        cluster.broker.bootstrap,
        "SASL_SSL",
        cluster.authority.file,
        sasl_mechanism=mechanism,
        user_name=USER,
        password_file=cluster.password_file,
        development=True,
    )


def by_certificate(cluster: SecureBroker) -> KafkaSettings:
    return KafkaSettings(
        cluster.mutual_bootstrap,
        "SSL",
        cluster.authority.file,
        cluster.authority.chain_for(CLIENT),
        development=True,
    )


async def kept(opening: Callable[[], Awaitable[KafkaLog]]) -> list[bytes]:
    """What stands in the log once something was written; access lists take effect a moment after they are accepted."""
    found: list[bytes] = []

    async def opens() -> bool:
        try:
            log = await opening()
        except LogForbidden:
            return False
        await log.append(0, [b"record"])
        found.extend(entry.record for entry in await log.read(0, 0, 10))
        await log.close()
        return True

    await eventually(opens)
    return found


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_password_over_tls_lets_a_node_in(cluster: SecureBroker, region: str, mechanism: str) -> None:
    kafka = by_password(cluster, mechanism)
    await allow(cluster.open_bootstrap, f"User:{USER}", local_log(region), OF_ITS_MAKER)
    assert await kept(lambda: own_kafka_log(kafka, local_log(region), 1)) == [b"record"]


async def test_a_certificate_lets_a_node_in(cluster: SecureBroker, region: str) -> None:
    await allow(cluster.open_bootstrap, f"User:CN={CLIENT}", local_log(region), OF_ITS_MAKER)
    assert await kept(lambda: own_kafka_log(by_certificate(cluster), local_log(region), 1)) == [b"record"]


def _another_password(cluster: SecureBroker, folder: Path) -> KafkaSettings:
    (folder / "password").write_text("open barley")
    return replace(by_password(cluster), password_file=folder / "password")


def _another_authority(cluster: SecureBroker, folder: Path) -> KafkaSettings:
    return replace(by_password(cluster), certificate_authority_file=Authority(folder, "another").file)


def _strange_certificate(cluster: SecureBroker, folder: Path) -> KafkaSettings:
    return replace(by_certificate(cluster), certificate_file=Authority(folder, "another").chain_for("stranger"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (_another_password, "it refuses the user or the password: look at user_name and password_file"),
        (lambda cluster, _: replace(by_password(cluster), user_name="nobody"), "it refuses the user or the password"),
        (
            lambda cluster, _: replace(by_password(cluster), sasl_mechanism="PLAIN"),
            "does not offer this sasl_mechanism",
        ),
        (_another_authority, "its certificate is not to be trusted: look at certificate_authority_file"),
        (
            lambda cluster, _: replace(by_password(cluster), bootstrap=f"localhost:{cluster.broker.port}"),
            "its certificate is that of another host",
        ),
        (lambda cluster, _: KafkaSettings(cluster.broker.bootstrap), "its port speaks TLS, and this node does not"),
        (
            lambda cluster, _: replace(
                by_password(cluster), security_protocol="SASL_PLAINTEXT", certificate_authority_file=None
            ),
            "its port speaks TLS, and this node does not",
        ),
        (
            lambda cluster, _: replace(by_certificate(cluster), certificate_file=None),
            "it refuses this node's certificate",
        ),
        (_strange_certificate, "it refuses this node's certificate: look at certificate_file"),
        (
            lambda cluster, _: replace(by_password(cluster), bootstrap=cluster.mutual_bootstrap),
            "it refuses this node's certificate",
        ),
        (
            lambda cluster, _: KafkaSettings(
                cluster.open_bootstrap,
                "SASL_PLAINTEXT",
                sasl_mechanism="SCRAM-SHA-512",
                user_name=USER,
                password_file=cluster.password_file,
            ),
            "its port takes no password",
        ),
    ],
)
async def test_what_a_broker_refuses_is_told_apart_and_at_once(
    cluster: SecureBroker, tmp_path: Path, wrong: Callable[[SecureBroker, Path], KafkaSettings], told: str
) -> None:
    with pytest.raises(BrokerRefuses, match=rf"the broker [\w.]+:\d+: .*{told}") as refused:
        await own_kafka_log(wrong(cluster, tmp_path), "keytide.eu-test-0.local", 1)
    assert "open barley" not in repr(refused.getrepr())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda cluster: KafkaSettings(cluster.open_bootstrap, "SSL", cluster.authority.file),
        lambda cluster: KafkaSettings(cluster.broker.bootstrap, "SSL", cluster.authority.file),
    ],
    ids=["TLS where there is none", "no password where one is wanted"],
)
async def test_what_a_broker_only_hangs_up_on_may_pass_and_names_the_setting(
    cluster: SecureBroker, wrong: Callable[[SecureBroker], KafkaSettings]
) -> None:
    kafka = wrong(cluster)
    opening = KafkaLog.open("log", kafka.bootstrap, 1, kafka_security(kafka), deadline_seconds=0.5)
    with pytest.raises(LogError, match="want another security_protocol"):
        await opening


async def refusal(opening: Callable[[], Awaitable[KafkaLog]], wanted: str) -> str:
    """That text, once it is what the log says; else the last that it has said, "" for none."""
    found = ""

    async def told() -> bool:
        nonlocal found
        try:
            await (await opening()).close()
        except LogForbidden as error:
            found = str(error)
        return found == wanted

    with suppress(AssertionError):
        await eventually(told)
    return found


def lacking_on(topic: str, *operations: Operation) -> str:
    words = ", ".join(operation.word for operation in operations)
    return f"this node may not use the topic {topic}: its access list lacks {words}"


@pytest.mark.parametrize("lacking", OF_ITS_REGION)
async def test_each_right_that_lacks_on_an_own_topic_is_named(
    cluster: SecureBroker, region: str, lacking: Operation
) -> None:
    topic, kafka = local_log(region), by_password(cluster)
    await (await own_kafka_log(KafkaSettings(cluster.open_bootstrap, development=True), topic, 1)).close()
    wanted = lacking_on(topic, *OF_ITS_REGION)
    assert await refusal(lambda: own_kafka_log(kafka, topic, 1), wanted) == wanted
    given = [operation for operation in OF_ITS_REGION if operation is not lacking]
    await allow(cluster.open_bootstrap, f"User:{USER}", topic, given)
    wanted = lacking_on(topic, lacking)
    assert await refusal(lambda: own_kafka_log(kafka, topic, 1), wanted) == wanted
    await allow(cluster.open_bootstrap, f"User:{USER}", topic, [lacking])
    assert await kept(lambda: own_kafka_log(kafka, topic, 1)) == [b"record"]


async def test_a_topic_that_may_not_be_made_says_so_and_one_that_is_there_needs_no_such_right(
    cluster: SecureBroker, region: str
) -> None:
    topic = local_log(region)
    await allow(cluster.open_bootstrap, f"User:{USER}", topic, OF_ITS_REGION)
    wanted = lacking_on(topic, Operation.CREATE)
    assert await refusal(lambda: own_kafka_log(by_password(cluster), topic, 1), wanted) == wanted
    await (await own_kafka_log(KafkaSettings(cluster.open_bootstrap, development=True), topic, 1)).close()
    assert await kept(lambda: own_kafka_log(by_password(cluster), topic, 1)) == [b"record"]


async def test_the_printed_commands_are_all_that_a_region_needs(cluster: SecureBroker, region: str) -> None:
    peer = f"{region}9"
    address, kafka = Address("127.0.0.1", 0), by_certificate(cluster)
    settings = NodeSettings(region, address, address, partitions=2, log=kafka, peers=(PeerSettings(peer, kafka=kafka),))
    everything = replace(settings, region=peer, log=KafkaSettings(cluster.open_bootstrap, development=True), peers=())
    theirs, their_pulses = await open_own_logs(everything), await open_own_pulses(everything)
    await theirs.shared.append(0, [b"theirs"])
    run_all(cluster, access_list_commands(settings, None, None))

    async def opens() -> bool:
        try:
            own, pulses = await open_own_logs(settings), await open_own_pulses(settings)
            audit, records = await open_audit_log(settings), await open_records(settings)
            shared = await read_kafka_log(kafka, shared_log(peer), 2)
            heard = await read_kafka_log(kafka, pulse_log(peer), 1)
        except LogForbidden:
            return False
        for log in (own.local, own.shared, pulses, audit):
            await log.append(0, [b"ours"])
            assert [entry.record for entry in await log.read(0, 0, 10)] == [b"ours"]
        assert [entry.record for entry in await records.read(0, 0, 10)] == [b"ours"]
        assert await audit.first(0) == 0
        assert [entry.record for entry in await shared.read(0, 0, 10)] == [b"theirs"]
        with pytest.raises(AppendUnknown, match="access list lacks Write"):
            await shared.append(0, [b"forged"])
        for log in (*own, pulses, audit, records, shared, heard):
            await log.close()
        return True

    await eventually(opens)
    wanted = lacking_on(local_log(peer), Operation.READ)
    assert await refusal(lambda: read_kafka_log(kafka, local_log(peer), 2), wanted) == wanted
    assert await theirs.shared.end(0) == 1
    for log in (*theirs, their_pulses):
        await log.close()


async def test_topics_that_the_printed_commands_have_made_are_safe(cluster: SecureBroker, region: str) -> None:
    address, kafka = Address("127.0.0.1", 0), KafkaSettings(cluster.open_bootstrap, development=True)
    settings = NodeSettings(region, address, address, partitions=3, log=kafka)
    run_all(cluster, topic_commands(settings, None))
    logs = await open_own_logs(settings, create=False)
    pulses, audit = await open_own_pulses(settings), await open_audit_log(settings)
    assert [(log.name, log.partitions) for log in (*logs, pulses, audit)] == [
        (local_log(region), 3),
        (shared_log(region), 3),
        (pulse_log(region), 1),
        (audit_log(region), 1),
    ]
    for log in (*logs, pulses, audit):
        await log.close()


def run_all(cluster: SecureBroker, commands: list[str]) -> None:
    """As the administrator, who comes to the port that the tests have for themselves."""
    for command in commands:
        script, *words = shlex.split(command.replace(cluster.mutual_bootstrap, cluster.open_bootstrap))
        line = cluster.broker.java([TOOLS[script], *words])
        done = subprocess.run(line, env=bare_environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
