"""The page: from pictures to one HTML file that needs nothing besides itself.

Every value is escaped by the template engine. A content security policy names the page's own style and script by their
digests, so that nothing else runs and nothing is fetched, whatever a label or a message holds:
https://www.w3.org/TR/CSP3/
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from operations.map.chips import HUES
from operations.map.picture import RECENT, ClusterPicture
from operations.status.facts import StackFacts

_TEMPLATES = Path(__file__).parent / "templates"
_COMMAND = re.compile(r"(make [a-z-]+(?: [A-Z_]+=[^\s,;)]*[^\s,;).])*|kubectl [^;,]+)")
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@dataclass(frozen=True)
class Summary:
    """What a workspace amounts to.

    Args:
        namespaces: how many there are.
        owners: how many stacks own some.
        workloads: how many workloads there are.
        ready: how many of them are ready, or scaled to none.
        disagreements: how many things disagree.
        handovers: how many namespaces changed their owner.
    """

    namespaces: int
    owners: int
    workloads: int
    ready: int
    disagreements: int
    handovers: int


def map_page(
    pictures: Sequence[ClusterPicture], apart: Sequence[StackFacts], now: datetime, *, environment: str = ""
) -> str:
    """Write the page of a workspace.

    Args:
        pictures: its clusters.
        apart: the stacks that are on none.
        now: when the facts were gathered.
        environment: the environment that was asked for; empty for all.
    """
    return _render(
        "map.html.j2",
        now,
        pictures=pictures,
        apart=apart,
        summary=_summary(pictures),
        recent=RECENT,
        environment=environment,
    )


def change_page(
    before: ClusterPicture, after: ClusterPicture, title: str, steps: Sequence[Any], now: datetime
) -> str:
    """Write the page of a change that is planned.

    Args:
        before: what is so.
        after: what will be so.
        title: what changes.
        steps: the plan, each step with `title`, `lines` of settings, and the `update` that it runs.
        now: when the facts were gathered.
    """
    return _render("change.html.j2", now, before=before, after=after, title=title, steps=steps)


def _summary(pictures: Sequence[ClusterPicture]) -> Summary:
    cards = [card for one in pictures for card in one.cards]
    workloads = [workload for card in cards for workload in card.workloads]
    return Summary(
        len(cards),
        sum(1 for one in pictures for lane in one.lanes if lane.owner),
        len(workloads),
        sum(1 for workload in workloads if workload.health in ("ready", "idle")),
        sum(len(one.disagreements) for one in pictures),
        sum(1 for card in cards if card.previous),
    )


def _render(template: str, now: datetime, **values: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"commands": _commands, "moment": _moment, "ago": lambda text: _ago(text, now)}
    style, script = (_own(name) for name in ("map.css", "map.js"))
    return environment.get_template(template).render(
        style=style,
        script=script,
        policy=(
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
        now=now.astimezone(UTC).isoformat(timespec="seconds"),
        **values,
    )


def _own(name: str) -> Markup:
    """A file of ours, laid into the page as it is."""
    text = (_TEMPLATES / name).read_text("utf-8")
    if name.endswith(".css"):
        step = 360 / HUES
        # Neighbours in the list are far apart on the colour circle.
        hues = (f".hue-{number}{{--hue:{round(number * 5 * step + 28) % 360}}}" for number in range(HUES))
        text += "\n".join(hues) + "\n"
    return Markup(text)  # noqa: S704 - it holds nothing from outside


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _commands(text: str) -> Iterator[tuple[bool, str]]:
    """The parts of a sentence: whether each is a command, and its text."""
    for number, part in enumerate(_COMMAND.split(text)):
        if part:
            yield number % 2 == 1, part


def _moment(text: str) -> str:
    """A time as people write it."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def _ago(text: str, now: datetime) -> str:
    seconds = int((now - datetime.fromisoformat(text)).total_seconds())
    for unit, size in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
