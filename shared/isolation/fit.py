"""Whether what lives in a namespace, at its largest, fits into its quota and limits."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from shared.cluster.demand import RESOURCES, Demand
from shared.cluster.tenancy import LimitRange, LiveQuota
from shared.refusal import Refusal
from shared.settings.isolation import ORDERED_LIMITS, LimitSettings
from shared.settings.types import quantity_value

_RESOURCES = (*RESOURCES, "pods")
_MEBIBYTE = 1024**2
_WHOM = {False: "a container there", True: "a pod there"}


def refuse_misfit(
    namespace: str,
    hard: Mapping[str, str],
    demands: Sequence[Demand],
    *,
    quota_in: str,
    settings_in: str,
) -> None:
    """Refuse where the services of a namespace can grow to more than its quota lets them have.

    Otherwise the autoscaler, or the next rollout, stands still at the quota, and nobody is told.

    Args:
        namespace: the namespace's name.
        hard: its quota, by resource.
        demands: what each service in it comes to use at its largest, defaults of the limit range included.
        quota_in: where the quota is set, for the refusal.
        settings_in: the file whose service is being deployed, for the refusal.

    Raises:
        Refusal: it does not fit; with the numbers.
    """
    lines = [
        f"    {resource}: {_listed(demands, resource)} = {_shown(resource, needed)}, "
        f"the quota has {hard[resource]}"
        for resource in _RESOURCES
        if resource in hard
        and (needed := sum((demand.of(resource) for demand in demands), Fraction(0)))
        > quantity_value(hard[resource])
    ]
    if lines:
        raise Refusal(
            f"What lives in the namespace '{namespace}' does not fit into its quota, "
            "at most replicas and during a rollout:\n" + "\n".join(lines),
            f"Lower max_replicas, requests or limits in {settings_in}, or raise the quota in {quota_in} "
            "(profile, or isolation.quota).",
        )


def tightened(wanted: Mapping[str, str], live: Mapping[str, str]) -> dict[str, str]:
    """The figures that are lowered or new.

    Args:
        wanted: the figures as they are to be, by resource.
        live: as the API server has them.
    """
    return {
        name: amount
        for name, amount in wanted.items()
        if name not in live or quantity_value(amount) < quantity_value(live[name])
    }


def refuse_less_than_used(namespace: str, hard: Mapping[str, str], live: LiveQuota, *, quota_in: str) -> None:
    """Refuse to lower a quota below what is in use now: running pods would stay, and none could be replaced.

    A figure that stays as it is holds nobody up, even where more is in use.

    Args:
        namespace: the namespace's name.
        hard: its quota as it is to be, by resource.
        live: its quota as the API server has it.
        quota_in: where the quota is set, for the refusal.

    Raises:
        Refusal: something is used beyond it; with the numbers.
    """
    lines = [
        f"    {resource}: {live.used[resource]} in use, the quota would be {limit}"
        for resource, limit in tightened(hard, live.hard).items()
        if resource in live.used and quantity_value(live.used[resource]) > quantity_value(limit)
    ]
    if lines:
        raise Refusal(
            f"The namespace '{namespace}' uses more than its quota would allow:\n" + "\n".join(lines),
            f"Raise the quota in {quota_in} (profile, or isolation.quota), or use less first.",
        )


def refuse_disorder(limits: LimitSettings, *, place: str, file: str) -> None:
    """Refuse limits by which a container that says nothing would get more than a container may have.

    Within one file the settings' own check tells it; here a figure of one file meets one of another, or a profile's.

    Args:
        limits: the namespace's limits with every figure known.
        place: where the namespace's settings stand, such as `namespaces.dev.`; empty for an application's.
        file: the file that has them, for the refusal.

    Raises:
        Refusal: a default is above the most, or a request above its limit.
    """
    lines = [
        f"    {place}isolation.limits.{less} is {below}, {more} is {above}"
        for less, more in ORDERED_LIMITS
        if quantity_value(below := str(getattr(limits, less)))
        > quantity_value(above := str(getattr(limits, more)))
    ]
    if lines:
        raise Refusal(
            f"{file} gives containers that say nothing more than a container may have:\n" + "\n".join(lines),
            "Lower the first of each, or raise the second, or choose a larger profile.",
        )


def declared_limit_range(limits: LimitSettings) -> LimitRange:
    """The limit range that a governor declares, once every figure is known."""
    most = {"limits.cpu": str(limits.max_cpu), "limits.memory": str(limits.max_memory)}
    if not limits.defaults:
        return LimitRange(most, of_pod=True)
    defaults = {
        "requests.cpu": limits.default_cpu_request,
        "requests.memory": limits.default_memory_request,
        "limits.cpu": limits.default_cpu,
        "limits.memory": limits.default_memory,
    }
    return LimitRange(most, defaults={resource: str(amount) for resource, amount in defaults.items()})


def refuse_large_containers(
    namespace: str, limits: LimitRange, demands: Sequence[Demand], *, limits_in: str, settings_in: str
) -> None:
    """Refuse containers that are larger than the namespace's limit range allows: none of their pods could be made.

    Args:
        namespace: the namespace's name.
        limits: what its limit range allows.
        demands: what each service asks for.
        limits_in: where the limit range is set, for the refusal.
        settings_in: where the containers are, for the refusal.

    Raises:
        Refusal: a container asks for more.
    """
    lines = [
        f"    {demand.name}: {resource} is {_shown(resource, asked)}, {_WHOM[limits.of_pod]} may have {most}"
        for demand in demands
        for resource, most in limits.most.items()
        if (asked := demand.of_pod(resource) if limits.of_pod else demand.largest(resource))
        > quantity_value(most)
    ]
    if lines:
        raise Refusal(
            f"The namespace '{namespace}' does not allow containers as large as these:\n" + "\n".join(lines),
            f"Lower cpu_limit and memory_limit in {settings_in}, or raise isolation.limits.max_cpu and max_memory "
            f"in {limits_in}.",
        )


def refuse_silent_containers(
    namespace: str, demands: Sequence[Demand], *, limits_in: str, settings_in: str
) -> None:
    """Refuse to leave containers without what they need a default for: none of their pods could be made.

    Args:
        namespace: the namespace's name.
        demands: what each service asks for, defaults of the limit range included.
        limits_in: where the limit range is set, for the refusal.
        settings_in: where the containers are, for the refusal.

    Raises:
        Refusal: a container says nothing of a resource that the quota counts.
    """
    lines = [
        f"    {demand.name}: a container of it has no {' and no '.join(demand.silent)}"
        for demand in demands
        if demand.silent
    ]
    if lines:
        raise Refusal(
            f"What lives in the namespace '{namespace}' needs the defaults of its limit range:\n"
            + "\n".join(lines),
            f"Give requests and limits to every container in {settings_in}, or leave isolation.limits.defaults: true "
            f"in {limits_in}.",
        )


def _listed(demands: Iterable[Demand], resource: str) -> str:
    return " + ".join(f"{demand.name} {_shown(resource, demand.of(resource))}" for demand in demands)


def _shown(resource: str, amount: Fraction) -> str:
    if resource.endswith("memory"):
        return f"{float(amount / _MEBIBYTE):.0f}Mi"
    return f"{float(amount):g}"
