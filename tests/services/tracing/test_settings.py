"""Whether a node traces: what its settings say, and what the standard variables do where they say nothing."""

import pytest

from services.strict_settings import SettingsError, decode_settings, encode_settings
from services.tracing.settings import Chosen, TracingSettings, chosen

BASE = "http://127.0.0.1:4318"
POSTED = f"{BASE}/v1/traces"
ENDPOINT, WHOLE = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
SHARE, NAME, DISABLED = "OTEL_TRACES_SAMPLER_ARG", "OTEL_SERVICE_NAME", "OTEL_SDK_DISABLED"


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        (TracingSettings(), {}, None),
        (TracingSettings(), {SHARE: "0.5", NAME: "other"}, None),
        (TracingSettings(), {ENDPOINT: ""}, None),
        (TracingSettings(BASE), {}, Chosen(POSTED, 1.0, "keytide")),
        (TracingSettings(f"{BASE}/"), {}, Chosen(POSTED, 1.0, "keytide")),
        (TracingSettings(), {ENDPOINT: BASE}, Chosen(POSTED, 1.0, "keytide")),
        (TracingSettings(), {ENDPOINT: BASE, WHOLE: "https://b/own"}, Chosen("https://b/own", 1.0, "keytide")),
        (TracingSettings(BASE), {ENDPOINT: "http://b", WHOLE: "http://c"}, Chosen(POSTED, 1.0, "keytide")),
        (TracingSettings(BASE, 0.25, "kms"), {SHARE: "0.5", NAME: "other"}, Chosen(POSTED, 0.25, "kms")),
        (TracingSettings(BASE), {SHARE: "0.5", NAME: "other"}, Chosen(POSTED, 0.5, "other")),
        (TracingSettings(BASE, 0.0), {SHARE: "0.5"}, Chosen(POSTED, 0.0, "keytide")),
        (TracingSettings(BASE), {DISABLED: "True"}, None),
    ],
)
def test_settings_come_before_the_environment(
    settings: TracingSettings, environment: dict[str, str], expected: Chosen | None
) -> None:
    assert chosen(settings, environment) == expected


@pytest.mark.parametrize("url", ["", "127.0.0.1:4318", "ftp://a", "http://", "http://a:port", "http://a:99999"])
def test_what_is_no_url_is_no_endpoint(url: str) -> None:
    with pytest.raises(SettingsError, match=r"tracing\.endpoint: must be an http or https URL"):
        TracingSettings(url)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_none_and_all(share: float) -> None:
    with pytest.raises(SettingsError, match=r"tracing\.sample_share: must be between 0 and 1"):
        TracingSettings(sample_share=share)


UNUSABLE = [({SHARE: "half"}, SHARE), ({SHARE: "2"}, SHARE), ({ENDPOINT: "a"}, ENDPOINT)]


@pytest.mark.parametrize(("environment", "named"), UNUSABLE)
def test_a_variable_that_cannot_be_used_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        chosen(TracingSettings(), {ENDPOINT: BASE, **environment})


def test_settings_are_read_as_they_were_written() -> None:
    settings = TracingSettings(BASE, 0.125, "kms")
    assert decode_settings(TracingSettings, encode_settings(settings)) == settings
    assert decode_settings(TracingSettings, {"sample_share": 1}) == TracingSettings(sample_share=1.0)
