"""What is read out of a page: commands, what they show, and files."""

from pathlib import Path

import pytest

from tests.runbooks.console import Command, File, is_shown, steps_of

PAGE = """\
# A page
```console
$ echo one \\
      two
one … two

us-east-1$ true
```
prose `$ not typed`
```console refused
each$ false
```
```ini /etc/unit.service
[Service]
```
```json us-east-1:/etc/node.json
{}
```
```text
$ not typed either
```
"""


def test_a_page_is_its_commands_and_files_in_their_order(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert steps_of(page) == [
        Command(3, "desk", "echo one \\\n      two", ("one … two",), 0),
        Command(7, "us-east-1", "true", (), 0),
        Command(11, "each", "false", (), 1),
        File(14, "each", "/etc/unit.service", "[Service]\n"),
        File(17, "us-east-1", "/etc/node.json", "{}\n"),
    ]


def test_what_is_shown_before_any_command_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\nshown\n$ typed\n```\n")
    with pytest.raises(ValueError, match="line 2"):
        steps_of(page)


@pytest.mark.parametrize(
    ("expected", "output", "shown"),
    [
        (("a", "c"), "a\nb\nc\n", True),
        (("c", "a"), "a\nb\nc\n", False),
        (("a … z",), "xx a bc z\n", True),
        (("a … z",), "a\nz\n", False),
        (("1.5 (x)",), "1.5 (x)\n", True),
        (("1.5",), "1x5\n", False),
        (("a", "a"), "a\n", False),
        ((), "", True),
    ],
)
def test_lines_are_shown_in_their_order_and_an_ellipsis_is_anything(
    expected: tuple[str, ...], output: str, shown: bool
) -> None:
    assert is_shown(expected, output) is shown
