"""The clusters: does the API server behind each deployed infrastructure stack answer?"""

from collections.abc import Iterator

from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace


def cluster(workplace: Workplace) -> Iterator[Finding]:
    """Visit each."""
    visits = workplace.visits()
    for visit in visits:
        place = f"{visit.platform.label}: {visit.server or 'its kubeconfig'}"
        if visit.silence:
            yield Finding("failure", visit.silence[0], place, visit.silence[1])
        else:
            yield Finding("ok", f"{visit.platform.label} answers: Kubernetes {visit.version}.", place)
    if not visits:
        yield Finding(
            "ok", "No infrastructure stack is deployed, so there is no cluster to reach.", workplace.backend
        )
