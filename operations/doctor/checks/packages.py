"""The Python packages: was `.venv` made to its end from the present requirements?"""

from collections.abc import Iterator

from operations import paths
from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace
from operations.toolchain import venv


def packages(_: Workplace) -> Iterator[Finding]:
    """Compare the stamp of `.venv` with the requirements."""
    looked_at = ".venv, " + ", ".join(venv.REQUIREMENTS)
    if venv.valid(paths.ROOT):
        yield Finding("ok", "The Python packages are those that the requirements pin.", looked_at)
    else:
        yield Finding(
            "warning",
            "The requirements changed since .venv was made, or it was not made to its end.",
            looked_at,
            "Run make setup.",
        )
