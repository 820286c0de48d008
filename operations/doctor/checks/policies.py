"""The policies: are the guards in force that protect owned namespaces?"""

import contextlib
from collections.abc import Iterator

from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace
from operations.engine.faults import EngineFailure
from operations.status.facts import ClusterFacts, StackFacts
from operations.status.rules.cluster import guard_missing
from shared.refusal import Refusal


def policies(workplace: Workplace) -> Iterator[Finding]:
    """Judge each cluster's guards as `make namespace-status` does."""
    answered, are_deployed = [], True
    with contextlib.suppress(Refusal, EngineFailure):
        visits = workplace.visits()
        answered, are_deployed = [visit for visit in visits if visit.silence is None], bool(visits)
    for visit in answered:
        stack = visit.platform
        facts = ClusterFacts(
            "",
            stack.label,
            (StackFacts(stack.owner, stack.environment, infrastructure=True, file="there"),),
            guards=visit.guards,
        )
        looked_at = f"ValidatingAdmissionPolicies and their bindings at {visit.server}"
        missing = list(guard_missing(facts))
        for one in missing:
            yield Finding("failure", one.fact, looked_at, one.remedy)
        if not missing:
            yield Finding("ok", f"{len(visit.guards)} guards are in force on {stack.label}.", looked_at)
    if not answered and are_deployed:
        yield Finding("warning", "Not looked at: no cluster answered.", "no cluster", "See cluster.")
    elif not answered:
        yield Finding("ok", "There is no cluster that they could be on.", "no cluster")
