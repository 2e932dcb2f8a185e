"""What may be said to `keytide up` of traces."""

import pytest

from services.cli.main import _parser


def test_a_receiver_of_traces_is_named_by_its_url() -> None:
    assert _parser().parse_args(["up", "--tracing", "http://127.0.0.1:4318"]).tracing == "http://127.0.0.1:4318"
    assert _parser().parse_args(["up"]).tracing is None


@pytest.mark.parametrize("url", ["127.0.0.1:4318", "ftp://a", ""])
def test_what_is_no_url_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _parser().parse_args(["up", "--tracing", url])
    assert ended.value.code == 2
    assert "--tracing: URL: must be an http or https URL" in capsys.readouterr().err
