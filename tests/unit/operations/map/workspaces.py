"""Workspaces to draw: a half-done one with everything in it, a large one, and one with hostile names."""

from datetime import UTC, datetime

from operations.map.page import map_page
from operations.map.picture import ClusterPicture, picture
from operations.status.disagreements import examine
from operations.status.facts import ClusterFacts, LiveNamespaceFacts, StackFacts
from operations.status.quotas import QuotaFacts
from operations.status.workloads import WorkloadFacts
from tests.unit.operations.status.cluster_facts import (
    CREATED,
    DAY,
    DUSK,
    PLATFORM,
    cluster,
    day,
    dusk,
    held,
    owns,
    platform,
    reads,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MOVED = "2026-11-24T11:15:00Z"
NIGHT = "night-service-app.dev"
SERVICES, NAMESPACES_EACH = 50, 4

HOSTILE = (
    "<script>document.title='taken'</script>",
    '"><img src=x onerror="document.title=\'taken\'">',
    "'-alert(1)-'",
    "</style></script><!--",
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "a\u202ereversed\u0000",
)
"""What labels, names and messages may hold."""


def deployment(name: str, owner: str, *, wanted: int = 2, ready: int = 2, problem: str = "") -> WorkloadFacts:
    """A Deployment."""
    return WorkloadFacts(
        "Deployment", name, owner, wanted, ready, f"registry.internal/team/{name}:1.4", problem
    )


def quota(**used: tuple[str, str]) -> tuple[QuotaFacts, ...]:
    """What a quota limits; a double underscore stands for a dot."""
    return tuple(
        QuotaFacts("platform-quota", resource.replace("__", "."), *figures)
        for resource, figures in used.items()
    )


QUOTA = quota(
    configmaps=("2", "100"),
    limits__cpu=("4", "8"),
    limits__memory=("1Gi", "16Gi"),
    pods=("18", "20"),
    requests__cpu=("500m", "2"),
    requests__memory=("8Gi", "8Gi"),
    services__nodeports=("0", "0"),
)


def live(
    name: str,
    owner: str = "",
    *,
    previous: str = "",
    runs: tuple[WorkloadFacts, ...] = (),
    limited: bool = False,
) -> LiveNamespaceFacts:
    """A live namespace with what runs in it."""
    return LiveNamespaceFacts(
        name,
        "uid-1",
        owner,
        previous,
        CREATED,
        taken_over=MOVED if previous else "",
        quotas=QUOTA if limited else (),
        workloads=runs,
    )


def mixed() -> ClusterFacts:
    """A cluster on which everything that the map can show is so."""
    night = StackFacts(
        NIGHT,
        "dev",
        "night",
        file="apps/night/Pulumi.dev.yaml",
        fault="apps/night/Pulumi.dev.yaml: replicas is 'many', which is no number.\nWrite a number from 1 to 100.",
    )
    return cluster(
        platform(
            owns("shared", tenants=[DAY, DUSK]),
            owns("data"),
            holds=[held("shared", PLATFORM), held("data", PLATFORM)],
        ),
        day(reads(PLATFORM, "shared"), holds=[held("data", DAY)]),
        dusk(owns("dusk-service-dev"), holds=[held("dusk-service-dev", DUSK)]),
        night,
        live(
            "shared",
            PLATFORM,
            previous=DAY,
            runs=(
                deployment("day-service", DAY),
                deployment("dusk-worker", DUSK, ready=0, problem="ReplicaSet has timed out progressing"),
                deployment("old-report", DAY, wanted=0, ready=0),
            ),
            limited=True,
        ),
        live("data", PLATFORM, previous=DAY),
        live("dusk-service-dev", DUSK, runs=(deployment("dusk-service", DUSK, wanted=3, ready=2),)),
        live("left-behind", "gone-service-app.dev"),
        live("sandbox"),
    )


def many() -> ClusterFacts:
    """200 namespaces of 50 services, of which some read another's, are not ready, or disagree."""
    parts: list[StackFacts | LiveNamespaceFacts] = []
    for number in range(SERVICES):
        service = f"s{number:02}"
        owner = f"{service}-service-app.dev"
        names = [f"{service}-{part}" for part in ("web", "jobs", "cache", "test")[:NAMESPACES_EACH]]
        wishes = [owns(name) for name in names]
        if number % 3 == 0:
            wishes.append(reads(f"s{number + 1:02}-service-app.dev", f"s{number + 1:02}-web"))
        holds = tuple(held(name, owner) for name in names)
        parts.append(
            StackFacts(
                owner,
                "dev",
                service,
                file=f"apps/{service}/Pulumi.dev.yaml",
                wishes=tuple(wishes),
                holds=holds,
            )
        )
        for place, name in enumerate(names):
            ready = 1 if (number * NAMESPACES_EACH + place) % 23 == 7 else 2
            parts.append(
                live(
                    name,
                    "" if (number * NAMESPACES_EACH + place) % 40 == 5 else owner,
                    previous=PLATFORM if number % 10 == 4 else "",
                    runs=(deployment(f"{service}-service", owner, ready=ready),),
                    limited=place == 0,
                )
            )
    return cluster(*parts)


def hostile() -> ClusterFacts:
    """A cluster whose every text is hostile."""
    first = HOSTILE[0]
    parts: list[StackFacts | LiveNamespaceFacts] = [
        StackFacts(text, text, text, file=text, fault=f"{text}\n{text}", holds=(held(text, text),))
        for text in HOSTILE
    ]
    for number, text in enumerate(HOSTILE):
        running = WorkloadFacts(text, text, HOSTILE[number - 1], 2, 1, text, text)
        parts.append(
            LiveNamespaceFacts(
                text,
                text,
                text,
                HOSTILE[number - 1],
                CREATED,
                taken_over=MOVED,
                quotas=(QuotaFacts(text, text, text, text),),
                workloads=(running,),
            )
        )
    return ClusterFacts(
        first,
        first,
        tuple(p for p in parts if isinstance(p, StackFacts)),
        {p.name: p for p in parts if isinstance(p, LiveNamespaceFacts)},
        live_identifier=first,
    )


def drawn(*clusters: ClusterFacts) -> list[ClusterPicture]:
    """The pictures of clusters."""
    return [picture(examine(one), f"cluster-{number}") for number, one in enumerate(clusters, start=1)]


def page(*clusters: ClusterFacts, apart: tuple[StackFacts, ...] = ()) -> str:
    """The page of clusters."""
    return map_page(drawn(*clusters), apart, NOW)
