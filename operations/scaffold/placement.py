"""Where a new service lives: in each environment, in a namespace of its own or of whoever has that name."""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.engine.project import StackId, infrastructure, own_setting, services
from operations.scaffold.rendering import Placement, project_name
from operations.status.facts import WishFacts
from operations.status.wishes import SettingsFacts, read_application, read_infrastructure
from shared.contract import INFRASTRUCTURE_PROJECT
from shared.naming import NamespacePattern, check_namespace_name, namespace_name
from shared.refusal import Refusal


@dataclass(frozen=True)
class Environment:
    """An environment that there is.

    Args:
        name: its name.
        infrastructure: the infrastructure stack that its services name in their settings; empty where it is the one
            of the same name.
    """

    name: str
    infrastructure: str = ""

    @property
    def platform(self) -> str:
        """The owner name of its infrastructure stack."""
        project, stack = [INFRASTRUCTURE_PROJECT, *(self.infrastructure or self.name).split("/")][-2:]
        return f"{project}.{stack}"


def environments() -> list[Environment]:
    """The environments of the checkout: those with an infrastructure stack, and those that share one.

    Raises:
        Refusal: a settings file cannot be read.
    """
    own = set(infrastructure().environments)
    found = {name: Environment(name) for name in own}
    for project in services().values():
        for name in project.environments:
            shared = str(own_setting(StackId(project, name), "infra_stack_name") or "")
            if name not in found and shared:
                found[name] = Environment(name, shared)
    return [found[name] for name in sorted(found)]


class Neighbourhood:
    """What the settings files of the checkout want with namespaces, read once."""

    def __init__(self) -> None:
        self._applications = [
            (stack, read_application(stack))
            for project in services().values()
            for stack in (StackId(project, name) for name in project.environments)
        ]
        self._platforms = {
            stack.owner: (stack, read_infrastructure(stack))
            for stack in (StackId(infrastructure(), name) for name in infrastructure().environments)
        }

    def owner(self, namespace: str, platform: str, tenant: str) -> str:
        """Who has a namespace by the settings files.

        Args:
            namespace: the namespace.
            platform: the infrastructure stack of the cluster, as an owner.
            tenant: who wants to live in it, as an owner.

        Returns:
            `infrastructure`, an application's stack as `<project>/<stack>`, or empty for nobody.

        Raises:
            Refusal: the infrastructure stack has it, for other tenants alone; or a settings file of that cluster is
                wrong, so that nobody can tell.
        """
        for wish, facts in self._wishes(platform):
            if wish.name != namespace:
                continue
            if wish.tenants and tenant not in wish.tenants:
                raise Refusal(
                    f"The namespace '{namespace}' is the platform's, for {', '.join(wish.tenants)} alone.",
                    f"Add {tenant} to namespaces.{namespace}.tenants in {facts.file}, or take another PATTERN.",
                )
            return "infrastructure"
        for stack, wanted in self._on(platform):
            if stack.owner != tenant and any(
                wish.name == namespace and not wish.source for wish in wanted.wishes
            ):
                return f"{stack.project.name}/{stack.environment}"
        return ""

    def _wishes(self, platform: str) -> Iterator[tuple[WishFacts, SettingsFacts]]:
        if platform in self._platforms:
            _, facts = self._platforms[platform]
            _sound(facts)
            for wish in facts.wishes:
                yield wish, facts

    def _on(self, platform: str) -> Iterator[tuple[StackId, SettingsFacts]]:
        for stack, facts in self._applications:
            if facts.platform == platform:
                _sound(facts)
                yield stack, facts


def _sound(facts: SettingsFacts) -> None:
    if facts.fault:
        fact, _, remedy = facts.fault.rpartition("\n")
        raise Refusal(fact, remedy)


def place(service: str, pattern: NamespacePattern, team: str, there: list[Environment]) -> list[Placement]:
    """Find out where a new service lives in each environment.

    Args:
        service: the service, as its folder is to be called.
        pattern: how its namespaces are named.
        team: its team; empty for none.
        there: the environments.

    Raises:
        Refusal: a namespace's name is no good, or others have it for themselves.
    """
    neighbours = Neighbourhood()
    return [_placement(service, pattern, team, one, neighbours) for one in there]


def _placement(
    service: str, pattern: NamespacePattern, team: str, there: Environment, neighbours: Neighbourhood
) -> Placement:
    try:
        namespace = check_namespace_name(
            namespace_name(pattern, service=f"{service}-service", team=team, environment=there.name)
        )
    except ValueError as error:
        raise Refusal(
            f"The service would have no usable namespace in {there.name}: {error}.",
            "Take a shorter NAME or another PATTERN.",
        ) from None
    owner = neighbours.owner(namespace, there.platform, f"{project_name(service)}.{there.name}")
    return Placement(there.name, namespace, owner, there.infrastructure)
