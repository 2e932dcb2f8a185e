"""Whether a node traces, where its spans go and how many of them: what its settings say, and the environment.

Owns the object `tracing` of the node's settings file, and the standard variables that stand in for what it leaves
open.
Source: OpenTelemetry specification, "OpenTelemetry Environment Variable Specification" and "OTLP Exporter
Configuration".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from services.strict_settings import SettingsError

TRACES_PATH = "/v1/traces"
ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES_ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
SHARE_VARIABLE = "OTEL_TRACES_SAMPLER_ARG"
NAME_VARIABLE = "OTEL_SERVICE_NAME"
DISABLED_VARIABLE = "OTEL_SDK_DISABLED"
SERVICE_NAME = "keytide"


@dataclass(frozen=True, slots=True)
class TracingSettings:
    """None: what the environment says, else nothing is traced, or all of it, under the name `keytide`."""

    endpoint: str | None = None
    """The base URL of an OTLP/HTTP receiver, as http://127.0.0.1:4318."""
    sample_share: float | None = None
    """Of the traces that nobody has begun before, from 0 to 1. Equal in all regions: see docs/tracing.md."""
    service_name: str | None = None

    def __post_init__(self) -> None:
        if self.endpoint is not None:
            require_endpoint(self.endpoint, "tracing.endpoint")
        if self.sample_share is not None:
            require_share(self.sample_share, "tracing.sample_share")


class Chosen(NamedTuple):
    """`url`: where spans are posted to."""

    url: str
    sample_share: float
    service_name: str


def chosen(settings: TracingSettings, environment: Mapping[str, str]) -> Chosen | None:
    """What holds; None: nothing is traced. Errors: SettingsError for what cannot be used."""
    url = _url(settings, environment)
    if url is None or environment.get(DISABLED_VARIABLE, "").strip().lower() == "true":
        return None
    name = settings.service_name or environment.get(NAME_VARIABLE) or SERVICE_NAME
    return Chosen(url, _share(settings, environment), name)


def _url(settings: TracingSettings, environment: Mapping[str, str]) -> str | None:
    whole = environment.get(TRACES_ENDPOINT_VARIABLE)
    if settings.endpoint is None and whole:
        return require_endpoint(whole, TRACES_ENDPOINT_VARIABLE)
    base = settings.endpoint or environment.get(ENDPOINT_VARIABLE)
    return require_endpoint(base, ENDPOINT_VARIABLE).rstrip("/") + TRACES_PATH if base else None


def _share(settings: TracingSettings, environment: Mapping[str, str]) -> float:
    if settings.sample_share is not None:
        return settings.sample_share
    told = environment.get(SHARE_VARIABLE)
    try:
        return 1.0 if not told else require_share(float(told), SHARE_VARIABLE)
    except ValueError:
        raise SettingsError(f"{SHARE_VARIABLE}: must be a number, not {told!r}") from None


def require_endpoint(url: str, member: str) -> str:
    """Errors: SettingsError for what is no http or https URL of a host."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{member}: must be an http or https URL, as http://127.0.0.1:4318")
    return url


def require_share(share: float, member: str) -> float:
    """Errors: SettingsError for what is not between 0 and 1."""
    if not 0 <= share <= 1:
        raise SettingsError(f"{member}: must be between 0 and 1, not {share}")
    return share
