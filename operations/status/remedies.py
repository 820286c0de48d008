"""The commands and settings that remedies name."""

from operations.status.facts import StackFacts


def up(stack: StackFacts) -> str:
    """The command that deploys a stack."""
    return _command(stack, "up", "deploy it from the checkout that has it")


def refresh(stack: StackFacts) -> str:
    """The command that makes a stack's state agree with the cluster."""
    return _command(stack, "refresh", "refresh it from the checkout that has it")


def move(owner: StackFacts, other: StackFacts) -> str:
    """The command that moves a namespace to `owner`; empty where the two are not infrastructure and a service.

    Args:
        owner: the stack that is to own it.
        other: the one that is to let go of it.
    """
    platform, application = (owner, other) if owner.infrastructure else (other, owner)
    if not platform.infrastructure or not application.service or not application.file:
        return ""
    to = "infrastructure" if owner.infrastructure else "application"
    return f"make namespace-move SERVICE={application.service} ENV={application.environment} TO={to}"


def adoption(stack: StackFacts, name: str, owner: str) -> str:
    """The setting by which a stack takes a namespace over, with its file."""
    setting = f"namespaces.{name}.adopt_from" if stack.infrastructure else "adopt_namespace_from"
    return f"{setting}: {owner} in {_file(stack)}"


def adoption_setting(stack: StackFacts, name: str) -> str:
    """The name of that setting, with its file."""
    setting = f"namespaces.{name}.adopt_from" if stack.infrastructure else "adopt_namespace_from"
    return f"{setting} in {_file(stack)}"


def ownership(stack: StackFacts, name: str) -> str:
    """What makes a stack own a namespace, as a phrase that begins a sentence."""
    if stack.infrastructure:
        return f"Add {name} to namespaces in {_file(stack)}"
    return f"Set namespace: {name} and create_namespace: true in {_file(stack)}"


def letting_go(stack: StackFacts, name: str, owner: str) -> str:
    """What makes a stack let go of a namespace that another owns, as a phrase that begins a sentence.

    Args:
        stack: the stack that is to let go.
        name: the namespace.
        owner: its owner, as settings write it.
    """
    if stack.infrastructure:
        return f"Remove {name} from namespaces in {_file(stack)}"
    return f"Set create_namespace: false and namespace_source: {owner} in {_file(stack)}"


def _file(stack: StackFacts) -> str:
    return stack.file or f"the settings of {stack.short}"


def _command(stack: StackFacts, verb: str, elsewhere: str) -> str:
    if not stack.file and (stack.infrastructure or stack.service):
        folder = "infrastructure" if stack.infrastructure else f"apps/{stack.service}"
        return f"write {folder}/Pulumi.{stack.environment}.yaml, then {_make(stack, verb)}"
    return _make(stack, verb) or elsewhere


def _make(stack: StackFacts, verb: str) -> str:
    if stack.infrastructure:
        return f"make infra-{verb} ENV={stack.environment}"
    return f"make app-{verb} SERVICE={stack.service} ENV={stack.environment}" if stack.service else ""
