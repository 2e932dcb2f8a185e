"""How a node is let in at a Kafka cluster, as its settings say.

Owns which settings fit together, where their files are, and what aiokafka is told. Secrets stand in files alone; a
file that cannot be used is named with its setting, and no word of what it holds.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from replication.log.event_log import LogUnavailable
from services.strict_settings import SettingsError

FILES: Final = ("certificate_authority_file", "certificate_file", "private_key_file", "password_file")
TLS: Final = ("SSL", "SASL_SSL")
SASL: Final = ("SASL_PLAINTEXT", "SASL_SSL")
LOGIN: Final = ("sasl_mechanism", "user_name", "password_file")


class AccessSettings(Protocol):
    """What of `KafkaSettings` is read here."""

    @property
    def security_protocol(self) -> str: ...
    @property
    def certificate_authority_file(self) -> Path | None: ...
    @property
    def certificate_file(self) -> Path | None: ...
    @property
    def private_key_file(self) -> Path | None: ...
    @property
    def sasl_mechanism(self) -> str | None: ...
    @property
    def user_name(self) -> str | None: ...
    @property
    def password_file(self) -> Path | None: ...
    @property
    def replication_factor(self) -> int | None: ...
    @property
    def development(self) -> bool: ...


class AccessFileUnusable(LogUnavailable):
    """A file of the settings is not there, or is not what it has to be."""

    remedy = "Place the file that the message names, or correct its setting; it is read again at the next attempt."


def check_kafka(settings: AccessSettings) -> None:
    """Errors: SettingsError where settings do not fit together."""
    protocol = settings.security_protocol
    for name in LOGIN:
        if (getattr(settings, name) is not None) != (protocol in SASL):
            needs = "needs" if protocol in SASL else "has no use for"
            raise SettingsError(f"{name}: security_protocol {protocol} {needs} it")
    for name in FILES[:3]:
        if getattr(settings, name) is not None and protocol not in TLS:
            raise SettingsError(f"{name}: security_protocol {protocol} has no use for it")
    if settings.private_key_file is not None and settings.certificate_file is None:
        raise SettingsError("private_key_file: needs a certificate_file")
    least = 1 if settings.development else 2
    if settings.replication_factor is not None and settings.replication_factor < least:
        more = "" if settings.development else ", unless development is set"
        raise SettingsError(f"replication_factor: must be at least {least}{more}, not {settings.replication_factor}")


def placed_files(settings: AccessSettings, directory: Path) -> dict[str, Any]:
    """The settings of files, found from `directory`."""
    named = {name: getattr(settings, name) for name in FILES}
    return {name: directory / path for name, path in named.items() if path is not None}


def kafka_security(settings: AccessSettings) -> Mapping[str, Any]:
    """The settings in aiokafka's words. Errors: AccessFileUnusable."""
    security: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if settings.security_protocol in TLS:
        security["ssl_context"] = _tls(settings)
    if settings.sasl_mechanism is not None:
        security["sasl_mechanism"] = settings.sasl_mechanism
        security["sasl_plain_username"] = settings.user_name
    if settings.password_file is not None:
        security["sasl_plain_password"] = _password(settings.password_file)
    return security


def _tls(settings: AccessSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.certificate_authority_file)
    except (OSError, ValueError) as error:
        raise _unusable("certificate_authority_file", settings.certificate_authority_file, error) from error
    if settings.certificate_file is not None:
        try:
            # An empty passphrase: a sealed key is refused, and nobody is asked for one on a terminal.
            context.load_cert_chain(settings.certificate_file, settings.private_key_file, password="")
        except (OSError, ValueError) as error:
            names = "certificate_file and private_key_file" if settings.private_key_file else "certificate_file"
            raise _unusable(names, settings.private_key_file or settings.certificate_file, error) from error
    return context


def _password(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError) as error:
        raise _unusable("password_file", path, error) from error


def _unusable(setting: str, path: Path | None, error: Exception) -> AccessFileUnusable:
    """ssl reports a file without PEM as an SSLError, which is an OSError with a text of its own."""
    what = "is not a matching PEM file" if isinstance(error, ssl.SSLError) else "cannot be read"
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
    return AccessFileUnusable(f"{setting}: {path} {what} ({reason})")
