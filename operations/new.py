"""Starting something new: a service from the template, an environment from the settings files of another one."""

import keyword
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from operations import checkout
from operations.checkout import all_stacks, infrastructure, local_folder, settings_file, shown
from operations.settings import change_settings, own_settings, read_file, read_settings, without_adoption
from shared.config.files import ABSENT
from shared.config.types import check_namespace_name
from shared.errors import Refusal
from shared.stacks import INFRASTRUCTURE_PROJECT, MAXIMUM_LABEL_LENGTH, Stack

KINDS = ("web", "worker", "cron")
"""What the template has a program for."""


def new_app(name: str, kind: str = "web") -> list[Path]:
    """Render the template of an application, with a settings file for each environment; all of its files or none.

    `name` is the service, as its folder in apps/ is to be called, and `kind` one of KINDS.
    """
    from copier import Settings as Preferences  # noqa: PLC0415
    from copier import run_copy  # noqa: PLC0415 - half a second

    folder = checkout.ROOT / "apps" / name
    # With the infrastructure stack that its services have to name, if any.
    environments = dict.fromkeys((stack.name for stack in infrastructure()), "")
    for stack in all_stacks():
        if not stack.is_infrastructure and (source := own_settings(stack).get("infra_stack_name")):
            environments.setdefault(stack.name, str(source))
    _check_service(name, folder, environments)
    if kind not in KINDS:
        raise Refusal(f"KIND is '{kind}'.", f"It is one of {', '.join(KINDS)}.")
    named = [{"name": environment, "infrastructure": source} for environment, source in environments.items()]
    data = {"name": name, "kind": kind, "environments": named}
    with tempfile.TemporaryDirectory(dir=local_folder("new")) as aside:
        template = str(checkout.ROOT / "templates" / "app")
        # Nothing of a person's own preferences for the renderer takes part.
        run_copy(template, aside, data=data, settings=Preferences(), defaults=True, quiet=True)
        (Path(aside) / "apps" / name).rename(folder)
    return sorted(folder.iterdir())


def _check_service(name: str, folder: Path, environments: Mapping[str, str]) -> None:
    longest = max((len(f"{name}-service-app.{environment}") for environment in environments), default=0)
    # What is taken are words that other options of the command line mean by themselves.
    taken = keyword.iskeyword(name) or name in ("infrastructure", "application", "shared")
    if not re.fullmatch("[a-z][a-z0-9]*", name) or taken:
        fact = f"NAME is '{name}', which is not a valid name of a service."
        remedy = "Use lower-case letters and digits, beginning with a letter, for example NAME=dawn."
        raise Refusal(fact, remedy)
    if folder.exists():
        raise Refusal(f"There is such a service already: {shown(folder)}.", "Choose another NAME.")
    if longest > MAXIMUM_LABEL_LENGTH:
        label = f"a label of {longest} characters, of at most 63"
        raise Refusal(f"NAME is too long: its stacks would own objects by {label}.", "Choose a shorter NAME.")


def new_environment(name: str, source: str) -> tuple[list[Path], list[str]]:
    """Copy the settings files of an environment, with namespaces of its own; all of them or none.

    Where the source's infrastructure stack creates its cluster, the new environment gets a cluster of its own, and
    otherwise shares that one by `infra_stack_name`. Returned are the new files, and what a person has to check in them.
    """
    copied = {stack: Stack(stack.project, name) for stack in all_stacks() if stack.name == source}
    _check_environment(name, source, copied.values())
    platform, before = Stack(INFRASTRUCTURE_PROJECT, source), {one: read_settings(one) for one in copied}
    creates_cluster = getattr(before.get(platform), "cluster", "") == "eks"
    if not creates_cluster:
        copied.pop(platform, None)
    notes: list[str] = []
    try:
        for old, new in copied.items():
            file, text = read_file(old), settings_file(old).read_bytes()
            # What only the old stack's key can decrypt stays there.
            settings_file(new).write_bytes(re.sub(rb"(?m)^(encryptionsalt|encryptedkey):.*\n?", b"", text))
            changes = dict.fromkeys(file.secret, ABSENT)
            if new.is_infrastructure:
                changes |= _of_infrastructure(own_settings(old), source, name)
            else:
                changes |= _of_application(file.values, source, name, {str(one) for one in copied})
            if not creates_cluster and "infra_stack_name" not in file.values:
                changes["infra_stack_name"] = str(platform)
            change_settings(new, changes)
            owns = getattr(read_settings(new), "create_namespace", None)
            if owns != getattr(before[old], "create_namespace", None):
                notes.append(f"{new.label} owns its namespace, which another stack does in {source}")
            notes += [
                f"{one} of {old.label} is a secret; set it for {new.label} too" for one in sorted(file.secret)
            ]
            notes += [
                f"{shown(settings_file(new))} still names {source}: {setting}: {value}"
                for setting, value in own_settings(new).items()
                if setting != "infra_stack_name" and _word(source).search(str(value))
            ]
    except BaseException:
        for new in copied.values():
            settings_file(new).unlink(missing_ok=True)
        raise
    return [settings_file(new) for new in copied.values()], notes


def _check_environment(name: str, source: str, stacks: Collection[Stack]) -> None:
    try:
        check_namespace_name(name)
    except ValueError as error:
        raise Refusal(f"ENV cannot be used: {error}.", "Choose a name such as ENV=staging.") from None
    if not stacks:
        fact = f"FROM is '{source}', for which no project has a settings file."
        raise Refusal(fact, "Name another environment.")
    for stack in stacks:
        if settings_file(stack).exists():
            fact = f"There is such an environment already: {shown(settings_file(stack))}."
            raise Refusal(fact, "Choose another ENV.")
        if len(stack.owner) > MAXIMUM_LABEL_LENGTH:
            fact = f"ENV is too long: {stack.owner} is not a valid label value."
            raise Refusal(fact, "Choose a shorter ENV.")


def _of_application(own: Mapping[str, Any], source: str, name: str, copied: set[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {"adopt_namespace_from": ABSENT}
    if "namespace" in own:
        changes["namespace"] = _renamed(str(own["namespace"]), source, name)
    owner = str(own.get("namespace_source", ""))
    if owner in copied:
        return {**changes, "namespace_source": _with_stack(owner, source, name)}
    # The owner of the old environment's namespace has none for the new one.
    return {**changes, "create_namespace": ABSENT, "namespace_source": ABSENT}


def _of_infrastructure(own: Mapping[str, Any], source: str, name: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for entry, settings in own.get("namespaces", {}).items():
        kept = without_adoption(settings)
        if tenants := kept.get("tenants"):
            kept["tenants"] = [_with_stack(str(tenant), source, name) for tenant in tenants]
        changes.setdefault("namespaces", {})[_renamed(entry, source, name)] = kept
    if "app_namespace" in own:
        changes["app_namespace"] = _renamed(str(own["app_namespace"]), source, name)
    if named := (own.get("eks") or {}).get("name"):
        changes["eks"] = {**own["eks"], "name": _renamed(str(named), source, name)}
    return changes


def _word(text: str) -> re.Pattern[str]:
    """A name, where it is not a part of a longer one."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])")


def _renamed(text: str, source: str, name: str) -> str:
    """A name with the environment in it replaced, or added where it has none."""
    changed, count = _word(source).subn(name, text)
    return changed if count else f"{text}-{name}"


def _with_stack(text: str, source: str, name: str) -> str:
    """The same project's stack in the new environment, for one of the old: `<project>/<stack>` or with a dot."""
    return re.sub(rf"(?<=[./]){re.escape(source)}$", name, text)
