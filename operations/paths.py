"""Where things stand in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout's root folder."""

LOCAL = ROOT / ".local"
"""What this checkout made for itself: state, kubeconfig, cluster files. Git-ignored, mode 0700."""

KUBECONFIG = LOCAL / "kubeconfig"
"""The local cluster's admin kubeconfig, mode 0600."""


def shown(path: Path) -> str:
    """A path as messages name it: relative to the checkout where it is in there."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def local_folder(*parts: str) -> Path:
    """Make a folder below `.local`, readable by its owner alone, and return it.

    Args:
        parts: the folder's path below `.local`; none for `.local` itself.

    Raises:
        OSError: the folder cannot be made (a full disk, a read-only checkout).
    """
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    folder = LOCAL.joinpath(*parts)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
