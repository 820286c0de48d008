"""A refusal: one sentence of fact, one of remedy, raised before anything is changed."""

REFUSED = "Refused: "
"""What a program's refusal begins with, so that whoever runs the engine can tell it from a failure."""


class Refusal(Exception):
    """Something is wrong that the user can put right; nothing was changed.

    Args:
        fact: what is wrong, as one sentence, naming the setting and its file where there is one.
        remedy: what to do about it, as one sentence.
    """

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(f"{fact}\n  {remedy}")
        self.fact = fact
        self.remedy = remedy
