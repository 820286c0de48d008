"""A claim: which namespace a stack wants to own or use. The only reader of these settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.config.application import NamespaceSettings
from shared.config.isolation import GovernedBy, PlatformNamespace
from shared.errors import Refusal
from shared.stacks import INFRASTRUCTURE_PROJECT, Stack, parse_stack


@dataclass(frozen=True)
class Claim:
    """A stack's claim to a namespace: to own it, or to use it while another stack owns it.

    Args:
        claimant: the stack whose settings these are.
        owner: the stack that is to own the namespace: the claimant, or another one.
        file: the settings file, for messages.
        adopt_from: the owner to adopt it from, as `<project>.<stack>`, or `unowned`; empty for none.
        protect: whether the engine is to refuse that the claimant releases it.
        tenants: the stacks that may use it, as `<project>.<stack>`; empty for any.
        place: the mapping that has its settings, such as `namespaces.dev.`; empty for an application's.
    """

    name: str
    claimant: Stack
    owner: Stack
    file: str
    adopt_from: str = ""
    protect: bool = False
    tenants: tuple[str, ...] = ()
    managed_by: GovernedBy = GovernedBy.OWNER
    place: str = ""

    @property
    def owns(self) -> bool:
        """Whether the claimant wants to own the namespace."""
        return self.owner == self.claimant

    @property
    def manages_isolation(self) -> bool:
        """Whether the claimant is to declare the namespace's isolation."""
        by_application = self.managed_by is GovernedBy.APPLICATION
        return not by_application if self.place else self.owns or by_application

    @property
    def adopt_setting(self) -> str:
        """The setting that adopts it, for messages."""
        return f"{self.place}adopt_namespace_from"


def infrastructure_of(settings: NamespaceSettings, here: Stack, file: str) -> Stack:
    """The infrastructure stack of an application: the one in its settings, or its environment's."""
    return parse_stack(
        settings.infra_stack_name or here.name,
        default_project=INFRASTRUCTURE_PROJECT,
        organization=here.organization,
        setting=f"infra_stack_name in {file}",
    )


def application_claim(settings: NamespaceSettings, service: str, here: Stack, file: str) -> Claim:
    """The claim of an application's settings, for a service such as `day-service` that the stack `here` deploys."""
    try:
        name = settings.namespace_name(service=service, environment=here.name)
    except ValueError as error:
        raise Refusal(
            f"No valid namespace name can be derived from {file}: {error}.",
            "Set namespace, or correct namespace_pattern and team.",
        ) from None
    owner = here
    if not settings.create_namespace:
        infrastructure = infrastructure_of(settings, here, file)
        owner = parse_stack(
            settings.namespace_source or str(infrastructure),
            default_project=infrastructure.project,
            organization=here.organization,
            setting=f"namespace_source in {file}",
        )
        if owner == here:
            raise Refusal(
                f"{file} reads the namespace '{name}' from {here}, which is this stack itself.",
                "Own it (create_namespace: true, without namespace_source), or name the stack that owns it.",
            )
    return Claim(
        name=name,
        claimant=here,
        owner=owner,
        file=file,
        adopt_from=settings.adopt_namespace_from or "",
        protect=settings.protect_namespace,
        managed_by=settings.governed_by,
    )


def platform_claims(namespaces: Mapping[str, PlatformNamespace], here: Stack, file: str) -> Iterator[Claim]:
    """The claims of an infrastructure stack's setting `namespaces`."""
    for name, settings in namespaces.items():
        yield Claim(
            name=name,
            claimant=here,
            owner=here,
            file=file,
            adopt_from=settings.adopt_namespace_from or "",
            protect=settings.protect_namespace,
            tenants=settings.tenants,
            managed_by=settings.governed_by,
            place=f"namespaces.{name}.",
        )
