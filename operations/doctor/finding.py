"""A finding: what a check saw, whether that is well, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "failure"]

LEVELS: tuple[Level, ...] = ("ok", "warning", "failure")
"""From the best to the worst."""


@dataclass(frozen=True)
class Finding:
    """What a check saw.

    Args:
        level: `ok`; `warning` for what works and may stop to; `failure` for what keeps a verb from working.
        fact: what is so, as one sentence.
        looked_at: what it looked at: files, commands, addresses.
        remedy: what to do, as one sentence; empty where all is well.
    """

    level: Level
    fact: str
    looked_at: str
    remedy: str = ""
