"""Log lines in both forms: their members, the request that they belong to, and what never stands in them."""

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from services.processes.log_lines import REQUEST_ID, JsonLines, TextLines
from services.processes.process_log import FORM_VARIABLE, LEVEL_VARIABLE, PLACE_VARIABLE
from shared.secrets import Secret
from tests.services.processes.test_process_limits import run

VALUE = "correct horse battery staple"
FORMS = [pytest.param(JsonLines(), id="json"), pytest.param(TextLines(), id="text")]
LOGGED = """
import logging, sys, pathlib
from services.processes.process_log import log_to
log_to(pathlib.Path(sys.argv[1]), "worker-1")
for level in ("debug", "info", "warning", "error"):
    getattr(logging.getLogger("x"), level)("said", extra={"place": "a/0"})
"""


def record(message: str = "said", *arguments: object, fault: BaseException | None = None, **extra: object) -> Any:
    exc_info = None if fault is None else (type(fault), fault, fault.__traceback__)
    made = logging.getLogger("x").makeRecord(
        "x", logging.WARNING, __file__, 1, message, arguments, exc_info, extra=extra
    )
    assert isinstance(made, logging.LogRecord)
    return made


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_stands_in_a_line_wherever_it_was_put(form: logging.Formatter) -> None:
    secret = Secret(VALUE.encode())
    fault = ValueError(secret)
    fault.__cause__ = KeyError(secret)
    line = form.format(record("%s and %r", secret, secret, fault=fault, one=secret, several=[secret, {"a": secret}]))
    assert VALUE not in line
    assert line.count("Secret(…)") >= 7


def test_a_line_of_json_has_the_members_that_are_promised() -> None:
    line = json.loads(JsonLines().format(record("said %s", "this", place="a/0")))
    assert set(line) == {"time", "level", "logger", "process", "message", "place"}
    assert (line["level"], line["logger"], line["message"], line["process"]) == (
        "warning", "x", "said this", os.getpid(),
    )  # fmt: skip


def test_a_line_of_text_is_for_people() -> None:
    line = TextLines().format(record("said %s", "this", place="a/0", fault=ValueError("why")))
    first, _, rest = line.partition("\n")
    assert first.split(" ", 1)[1] == "warning x said this place=a/0"
    assert rest == "ValueError: why"


@pytest.mark.parametrize("form", FORMS)
def test_a_line_bears_the_request_that_is_being_answered(form: logging.Formatter) -> None:
    token = REQUEST_ID.set("the-id")
    assert "the-id" in form.format(record())
    assert "the-id" not in form.format(record(request_id="another"))
    REQUEST_ID.reset(token)
    assert "request_id" not in form.format(record())


async def test_tasks_go_on_with_the_request_that_has_begun_them() -> None:
    async def logged() -> str:
        await asyncio.sleep(0)
        return str(json.loads(JsonLines().format(record()))["request_id"])

    tasks = []
    for name in ("one", "other"):
        REQUEST_ID.set(name)
        tasks.append(asyncio.create_task(logged()))
    assert await asyncio.gather(*tasks) == ["one", "other"]


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("", ["info", "warning", "error"]),
        ("debug", ["debug", "info", "warning", "error"]),
        ("error", ["error"]),
        ("loud", ["warning", "info", "warning", "error"]),
    ],
)
def test_the_environment_says_from_which_level_on(
    level: str, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACE_VARIABLE, "stdout")
    monkeypatch.setenv(LEVEL_VARIABLE, level)
    lines = [json.loads(line) for line in run(LOGGED, str(tmp_path)).splitlines()]
    assert [line["level"] for line in lines] == said
    assert lines[0].get(LEVEL_VARIABLE, "") == ("loud" if level == "loud" else "")


def test_the_environment_says_in_which_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLACE_VARIABLE, "stdout")
    monkeypatch.setenv(FORM_VARIABLE, "text")
    assert run(LOGGED, str(tmp_path)).splitlines()[0].endswith(" info x said place=a/0")
