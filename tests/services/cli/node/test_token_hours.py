"""`keytide node token --hours`: for how long a token may be good."""

import pytest

from services.cli.main import _parser


@pytest.mark.parametrize("hours", ["0", "-1", "169", "1.5", "a day", "\u0661"])
def test_a_token_that_would_be_dead_or_too_long_alive_is_refused(
    capsys: pytest.CaptureFixture[str], hours: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        _parser().parse_args(("node", "token", f"--hours={hours}"))
    assert ended.value.code == 2
    assert f"must be hours, 1 to 168, not {hours!r}" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "hours"), [((), 1), (("--hours", "1"), 1), (("--hours", "168"), 168)])
def test_a_token_is_good_for_an_hour_or_as_many_as_are_named(words: tuple[str, ...], hours: int) -> None:
    assert _parser().parse_args(("node", "token", *words)).hours == hours
