"""The figures of a campaign as a table in Markdown, as it stands in docs/faults.md.

Owns the texts. What it shows is the object that `--json` prints.
"""

from collections.abc import Iterator
from typing import Any

HEAD = (
    "Fault",
    "Changes and looks: ok, refused, unknown",
    "Cryptography elsewhere",
    "Where it was hit",
    "Longest pause there: cryptography, changes",
    "Catches up after",
)


def lines(figures: dict[str, Any]) -> Iterator[str]:
    yield f"machine: {figures['machine']}"
    yield f"log: {figures['log']}; plan: {', '.join(f'{name} {value}' for name, value in figures['plan'].items())}"
    yield ""
    yield _line(HEAD)
    yield "|" + "-|" * len(HEAD)
    yield from (_line(_cells(row)) for row in figures["faults"])
    yield ""
    for name, spread in figures["delays_milliseconds"].items():
        if spread:
            times = f"p50 {spread['p50']:.1f} ms, p99 {spread['p99']:.1f} ms"
            yield f"replication delay, {name}: {times} ({spread['samples']} changes)"
    for name, times in figures["measured_seconds"].items():
        yield f"{name}: {', '.join(f'{took:.2f}' for took in times)} s"
    unknown = f"{figures['unknown_in_effect']} took effect, {figures['unknown_never']} never did"
    yield f"{figures['calls']:,} calls; of the changes whose outcome stayed unknown {unknown}"
    yield from (f"{name}: {len(found)}" for name, found in figures["violations"].items())
    yield from (f"  {name}: {one}" for name, found in figures["violations"].items() for one in found[:20])
    yield from (f"NOT DONE: {name}: {why}" for name, why in figures["left_out"].items())


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["fault"],
        f"{row['ok']:,}, {row['refused']:,}, {row['unknown']:,}",
        _share(row["surviving"]),
        _share(row["hit"]),
        f"{row['crypto_pause']:.2f} s, {row['write_pause']:.2f} s",
        "" if row["catch_up"] is None else f"{row['catch_up']:.2f} s",
    )


def _share(share: float | None) -> str:
    """Never rounded up to the whole."""
    return "" if share is None else "100 %" if share == 1 else f"{min(share * 100, 99.99):.2f} %"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
