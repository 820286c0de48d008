"""A text setting arrives at the engine as it is written, and as `make settings` shows it; or it is refused."""

import itertools
import json
import random
from pathlib import Path

from shared.config.files import read
from shared.errors import Refusal
from tests.checkout import Checkout

PROJECT = "day-service-app"
WRITTEN = """
1.10 1e5 0123456 0x1F 0X1F 0o17 0O7 0b11 0B1 1_000 1__0 +1 -0 .5e1 1.5e-3 1e400 0_7 09 .inf .nan
2026-30-11 2026-1-2 2026-01-02 2026-1-2T3:4:5Z 1:30 190:20:30 yes no on off y N TRUE ~ null None = <<
123456789012345678901234567890 9999999999999999999 1.0.0 v1.10 0x _1 e5 nan Infinity 1e 0xg '1.10' "0x1F"
"""
_SEED, _ROUNDS = 5, 300


def test_a_text_that_looks_like_a_number_or_a_date_arrives_as_it_is_written_or_is_refused(
    checkout: Checkout, tmp_path: Path
) -> None:
    chance = random.Random(_SEED)  # noqa: S311
    made = ("".join(chance.choices("0019ex_.-+:oObB", k=chance.randint(1, 6))) for _ in range(_ROUNDS))
    accepted: dict[str, str] = {}
    file = tmp_path / "Pulumi.one.yaml"
    for number, text in enumerate(itertools.chain(WRITTEN.split(), made)):
        file.write_text(f"config:\n  {PROJECT}:it: {text}\n")
        try:
            shown = read(file, PROJECT, file=file.name).values.get("it")
        except Refusal:
            continue
        # Where a text is wanted, a number with a fraction and a boolean are refused, and an integer is its digits.
        if isinstance(shown, int | str) and not isinstance(shown, bool):
            accepted[f"{PROJECT}:k{number}"] = text
            assert str(shown) == text.strip("'\""), text
    checkout.create_stack("apps/day", "written")
    folder = checkout.temporary / "apps/day"
    lines = "".join(f"  {key}: {text}\n" for key, text in accepted.items())
    (folder / "Pulumi.written.yaml").write_text(f"config:\n{lines}")
    told = json.loads(checkout.by_hand(f"cd {folder} && pulumi config --json --stack written"))
    assert {key: told[key]["value"] for key in accepted} == {
        key: text.strip("'\"") for key, text in accepted.items()
    }
    assert len(accepted) > 30
