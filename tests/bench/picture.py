"""The picture of the results: a bar for each contender, as long as its median, with its spread, as SVG."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from tests.bench.measure import Timing
from tests.bench.results import timings

_WIDTH, _LEFT, _RIGHT = 760, 250, 110
_BAR, _GAP, _HEAD = 18, 6, 34
_OURS, _OTHERS, _SPREAD, _TEXT = "#2563eb", "#9ca3af", "#111827", "#374151"

_SCENARIOS = (
    ("service", "first_deployment", "First deployment until ready, seconds"),
    ("service", "one_value", "Another image until ready, seconds"),
    ("service", "nothing_to_do", "Nothing to do, seconds"),
    ("service", "preview", "Preview of another image, seconds"),
    ("fleet", "fleet_nothing_to_do", "20 services with nothing to do, seconds"),
    ("growth", "service_first", "First deployment of 2, 5, 20 and 50 services, seconds each"),
    ("growth", "service_nothing_to_do", "2, 5, 20 and 50 services with nothing to do, seconds each"),
    ("growth", "namespace_first", "New infrastructure namespaces to 10, 20 and 200, seconds each"),
    ("growth", "namespace_nothing_to_do", "10, 20 and 200 of them with nothing to do, seconds each"),
)


def draw(document: Mapping[str, Any]) -> str:
    """Draw all results as an SVG document."""
    parts: list[str] = []
    top = 8
    for section, scenario, title in _SCENARIOS:
        contenders = timings(document, section).get(scenario)
        if contenders:
            parts += _scenario(title, contenders, top)
            top += _HEAD + len(contenders) * (_BAR + _GAP) + _GAP
    style = f'font-family="sans-serif" font-size="12" fill="{_TEXT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" {style}>\n'
        f'<rect width="{_WIDTH}" height="{top}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _scenario(title: str, contenders: Mapping[str, Timing], top: int) -> Iterator[str]:
    longest = max(max(timing.wall) for timing in contenders.values())
    scale = (_WIDTH - _LEFT - _RIGHT) / longest
    yield f'<text x="8" y="{top + 18}" font-weight="bold">{escape(title)}</text>'
    for number, (name, timing) in enumerate(contenders.items()):
        y = top + _HEAD + number * (_BAR + _GAP)
        middle = y + _BAR / 2
        colour = _OURS if name.startswith("make ") or name.isdecimal() else _OTHERS
        low, high = (_LEFT + scale * end(timing.wall) for end in (min, max))
        yield f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
        yield (
            f'<rect x="{_LEFT}" y="{y}" width="{scale * timing.median:.1f}" height="{_BAR}" fill="{colour}"/>'
        )
        yield f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{_SPREAD}"/>'
        yield f'<text x="{high + 6:.1f}" y="{middle + 4}">{timing.median:.2f}</text>'
