"""What the local cluster of a checkout is called."""

import hashlib
import re
from pathlib import Path

LONGEST_NAME = 40
"""Characters that a cluster's name has at most; it stays well below the 63 of an RFC 1123 label."""

_HASH_LENGTH = 8


def cluster_name(root: Path) -> str:
    """Name the cluster of a checkout after its folder, with a short hash of the folder's absolute path.

    Two checkouts in folders of the same name thus have clusters of different names.

    Args:
        root: the checkout's root folder. Symbolic links are followed.

    Returns:
        An RFC 1123 label of at most 40 characters, such as `platform-1f0c9a3b`.
    """
    absolute = root.resolve()
    digest = hashlib.sha256(str(absolute).encode()).hexdigest()[:_HASH_LENGTH]
    readable = re.sub(r"[^a-z0-9]+", "-", absolute.name.lower()).strip("-") or "checkout"
    return f"{readable[: LONGEST_NAME - _HASH_LENGTH - 1].rstrip('-')}-{digest}"
