"""Success shares over time as SVG. Pure: text out of numbers.

Owns the scale and the drawing. Source of the elements: https://www.w3.org/TR/SVG11/.
"""

from collections.abc import Iterator, Sequence

WIDTH, HEIGHT, LEFT, BELOW = 900, 90, 40, 18
"""Pixels: of the plot, and of the room for its labels."""
LABELS = 10


def share_plot(shares: Sequence[float | None], fault: float, mended: float) -> str:
    """Bars of one second each, full height for 1, with the time of the fault behind them."""
    seconds = max(len(shares), 1)
    step = (WIDTH - LEFT) / seconds
    parts = [*_ground(step, fault, mended), *_bars(shares, step), *_axis(seconds, step)]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + BELOW}"'
    return f'<svg {size} role="img" aria-label="success share by second">{"".join(parts)}</svg>'


def _ground(step: float, fault: float, mended: float) -> Iterator[str]:
    yield _rectangle("fault", LEFT + fault * step, 0, (mended - fault) * step, HEIGHT)


def _bars(shares: Sequence[float | None], step: float) -> Iterator[str]:
    for second, share in enumerate(shares):
        if share is None:
            continue
        x, width, top = LEFT + second * step, max(step - 1, 0.5), (1 - share) * HEIGHT
        told = f"<title>{second} s: {share:.1%}</title>"
        yield _rectangle("failed", x, 0, width, top, told)
        yield _rectangle("ok", x, top, width, HEIGHT - top, told)


def _rectangle(kind: str, x: float, y: float, width: float, height: float, told: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {place}>{told}</rect>'


def _axis(seconds: int, step: float) -> Iterator[str]:
    yield f'<text x="0" y="12">100 %</text><text x="0" y="{HEIGHT}">0 %</text>'
    for second in range(0, seconds, max(1, seconds // LABELS)):
        yield f'<text x="{LEFT + second * step:.1f}" y="{HEIGHT + BELOW - 4}">{second} s</text>'
