"""Memory: what a fleet takes at its most while it deploys; operator, engines and providers together."""

import contextlib
import time

import psutil

from tests.bench.ground import Ground
from tests.growth import borrowed_services, service_names

_COUNT, _AT_ONCE = 8, 4
_ENVIRONMENT = "memory"
_PAUSE_SECONDS = 0.05


def peak_mebibytes(ground: Ground) -> float:
    """The most resident memory of the whole process tree, in MiB, while eight services are deployed, four at once.

    Pages that processes share are counted for each of them, so that it is less in truth.
    """
    names = service_names(_COUNT)
    checkout = ground.checkout
    with borrowed_services(checkout, names, _ENVIRONMENT, ground.cluster.delete_namespaces):
        process = checkout.start("apps-up", ENV=_ENVIRONMENT, PARALLEL=str(_AT_ONCE))
        root, most = psutil.Process(process.pid), 0
        while process.poll() is None:
            most = max(most, _resident(root))
            time.sleep(_PAUSE_SECONDS)
        text, _ = process.communicate()
        assert process.returncode == 0, text
    return most / 2**20


def _resident(root: psutil.Process) -> int:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total
