"""A new environment: a settings file for every service that has one for another environment, with that one's values."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from operations.engine.project import Project, StackId, infrastructure, own_setting, services
from operations.paths import ROOT
from operations.scaffold.derived import Derived, Renaming, derive_application, derive_infrastructure
from operations.scaffold.names import wrong_environment
from operations.scaffold.placement import Environment, Neighbourhood, environments
from operations.scaffold.publishing import publish, unfit, workshop
from operations.settings.effective import check_settings
from operations.status.wishes import read_application
from shared.refusal import Refusal

_KINDS = ("shared", "own")


@dataclass
class NewEnvironment:
    """What was made.

    Args:
        files: the settings files, relative to the checkout.
        notes: what a person should look at.
    """

    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_environment(name: str, *, source: str = "dev", cluster: str = "") -> NewEnvironment:
    """Make a new environment.

    A checkout has one local cluster, and a cluster has one infrastructure stack: so the new environment shares the
    cluster of the one that it comes from, by `infra_stack_name`, where that is a local or an existing one. Where it is
    one that its infrastructure stack makes, the new environment gets its own.

    Args:
        name: the environment.
        source: the environment that the values come from.
        cluster: `shared` or `own`; as above where empty.

    Raises:
        Refusal: the name is no good or taken, there is nothing to take values from, or they make no right settings;
            nothing was written.
        OSError: the files cannot be written.
    """
    old = _source(source)
    wrong = wrong_environment(name)
    kind = _kind(old, cluster)
    if kind == "own" and source in infrastructure().environments:
        wrong += _cannot_have_its_own(source)
    if wrong:
        raise _refusal(wrong)
    derived = _derive(name, old, kind)
    paths = [Path(path) for path in derived]
    there = [path for path in paths if (ROOT / path).exists()]
    goes_on = there and len(there) < len(paths)
    if there and not (
        goes_on and all((ROOT / path).read_text() == derived[str(path)].text for path in there)
    ):
        raise _refusal(
            [f"ENV is '{name}', and there is such an environment already: {', '.join(map(str, there))}"]
        )
    if wrong := unfit(paths):
        raise _refusal(wrong)
    left = [path for path in paths if path not in there]
    with workshop() as folder:
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(derived[str(path)].text)
            (folder / path.parent / "Pulumi.yaml").write_bytes(
                (ROOT / path.parent / "Pulumi.yaml").read_bytes()
            )
        _check(folder, name, paths, Environment(name, _infrastructure(old, kind)).platform)
        publish(folder, left)
    return NewEnvironment(left, [note for one in derived.values() for note in one.notes])


def _source(name: str) -> Environment:
    there = {one.name: one for one in environments()}
    if name not in there:
        raise Refusal(
            f"FROM is '{name}', and there is no such environment.",
            f"Name one of {', '.join(there) or '(none)'}.",
        )
    return there[name]


def _kind(old: Environment, cluster: str) -> str:
    if cluster and cluster not in _KINDS:
        raise _refusal(
            [f"CLUSTER is '{cluster}': must be one of {', '.join(_KINDS)}; for example CLUSTER=shared"]
        )
    if cluster or old.infrastructure:
        return cluster or "shared"
    stands_alone = own_setting(StackId(infrastructure(), old.name), "cluster") == "eks"
    return "own" if stands_alone else "shared"


def _cannot_have_its_own(source: str) -> list[str]:
    if own_setting(StackId(infrastructure(), source), "cluster") != "local":
        return []
    return [
        f"CLUSTER is own, but {source} has the local cluster, of which a checkout has one; take CLUSTER=shared, "
        "or another checkout"
    ]


def _infrastructure(old: Environment, kind: str) -> str:
    """The infrastructure stack of the new environment, as its settings name it; empty for its own."""
    if kind == "own":
        return ""
    return old.infrastructure or f"{infrastructure().name}/{old.name}"


def _derive(name: str, old: Environment, kind: str) -> dict[str, Derived]:
    """The new settings files by path, relative to the checkout; the infrastructure stack's comes last."""
    renaming = Renaming(old.name, name)
    shared = _infrastructure(old, kind)
    stacks = [
        StackId(project, old.name) for project in services().values() if old.name in project.environments
    ]
    moved = {f"{stack.project.name}/{stack.environment}" for stack in stacks}
    found: dict[str, Derived] = {}
    for stack in stacks:
        check_settings(stack)
        found[_path(stack.project, name)] = derive_application(
            stack, renaming, infrastructure=shared, is_moved=lambda other: other in moved
        )
    if not shared and old.name in infrastructure().environments:
        stack = StackId(infrastructure(), old.name)
        check_settings(stack)
        found[_path(stack.project, name)] = derive_infrastructure(stack, renaming)
    if not found:
        raise Refusal(f"No service has settings for {old.name}.", "Name another environment: FROM=")
    return found


def _path(project: Project, environment: str) -> str:
    return str(project.settings_file(environment).relative_to(ROOT))


def _check(folder: Path, name: str, paths: list[Path], platform: str) -> None:
    """Refuse new settings that are wrong, or that want a namespace which somebody else has."""
    wrong: list[str] = []
    neighbours = Neighbourhood()
    projects = {
        project.folder.relative_to(ROOT): project for project in (infrastructure(), *services().values())
    }
    for path in paths:
        project = projects[path.parent]
        stack = StackId(replace(project, folder=folder / path.parent), name)
        try:
            check_settings(stack)
            wrong += [] if stack.is_infrastructure else _collisions(stack, platform, neighbours)
        except Refusal as refusal:
            wrong += str(refusal).replace(f"{folder}/", "").splitlines()
    if wrong:
        raise _refusal(wrong)


def _collisions(stack: StackId, platform: str, neighbours: Neighbourhood) -> list[str]:
    found: list[str] = []
    for wish in read_application(stack).wishes:
        owner = "" if wish.source else neighbours.owner(wish.name, platform, stack.owner)
        if owner:
            found.append(
                f"{stack.label} would own the namespace {wish.name}, which {owner} has; take another ENV, "
                f"or set its namespace in {stack.project.label}'s settings for FROM"
            )
    return found


def _refusal(wrong: list[str]) -> Refusal:
    return Refusal(
        "No environment was made:\n" + "\n".join(f"    {one}" for one in wrong), "Nothing was written."
    )
