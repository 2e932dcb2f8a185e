"""A broker that lets in only whom it knows: TLS, SCRAM, client certificates, and access lists.

Owns its certificates, its users and its listeners. `port` speaks SASL_SSL, `mutual_port` SSL with a client certificate
required; `open_port` speaks plain text, and whoever comes there may do everything: that is the tests' own way in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.local_kafka.broker import Broker, free_port
from tests.authority import Authority

USER: Final = "keytide-us-east-1"
PASSWORD: Final = "open sesame"
MECHANISMS: Final = ("SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass
class SecureBroker:
    """Started by `start`; `authority` signs what its clients may show."""

    folder: Path
    mutual_port: int = field(default_factory=free_port)
    open_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = Authority(self.folder, "authority of the cluster")
        self.password_file = self.folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        users = [f"{mechanism}=[name={USER},password={PASSWORD}]" for mechanism in MECHANISMS]
        adding = tuple(word for user in users for word in ("--add-scram", user))
        further = (self.mutual_port, self.open_port)
        self.broker = Broker(self.folder / "broker", formatting=("--standalone", *adding), further_ports=further)
        self.broker.settings = self._settings()

    @property
    def open_bootstrap(self) -> str:
        return f"127.0.0.1:{self.open_port}"

    @property
    def mutual_bootstrap(self) -> str:
        return f"127.0.0.1:{self.mutual_port}"

    def _settings(self) -> Mapping[str, str]:
        ports = {"CLIENT": self.broker.port, "MUTUAL": self.mutual_port, "PLAINTEXT": self.open_port}
        clients = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "listeners": f"{clients},CONTROLLER://127.0.0.1:{self.broker.controller_port}",
            "advertised.listeners": clients,
            "listener.security.protocol.map": "CLIENT:SASL_SSL,MUTUAL:SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.authority.chain_for("127.0.0.1")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.file),
            "listener.name.mutual.ssl.client.auth": "required",
            "listener.name.client.sasl.enabled.mechanisms": ",".join(MECHANISMS),
            **{f"listener.name.client.{name.lower()}.sasl.jaas.config": login for name in MECHANISMS},
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
