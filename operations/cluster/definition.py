"""The cluster's own configuration: what kwokctl remembers of it, in the `kwok.yaml` of its folder."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from operations.cluster import documents
from operations.cluster.atomic import write_atomically

CONFIGURATION = "kwok.yaml"
_KUBECONFIG = "kubeconfig.yaml"


@dataclass(frozen=True)
class Component:
    """One process of the cluster.

    Args:
        name: such as `kube-apiserver`.
        ports: TCP ports of 127.0.0.1 on which it listens.
        version: its version without a leading v.
    """

    name: str
    ports: tuple[int, ...]
    version: str


@dataclass(frozen=True)
class Definition:
    """What kwokctl starts.

    Args:
        folder: the cluster's folder.
        configuration: the KwokctlConfiguration document, as parsed.
    """

    folder: Path
    configuration: dict[str, Any]

    @property
    def components(self) -> tuple[Component, ...]:
        """The cluster's processes, in the order in which kwokctl starts them."""
        return tuple(
            Component(
                name=entry["name"],
                ports=tuple(port["port"] for port in entry.get("ports", ())),
                version=str(entry.get("version", "")),
            )
            for entry in self.configuration["components"]
        )

    def component(self, name: str) -> Component:
        """Find a component by its name.

        Raises:
            KeyError: the cluster has no such component.
        """
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://127.0.0.1:{self.configuration['options']['kubeApiserverPort']}"

    @property
    def moved(self) -> bool:
        """Whether the paths in it lead to another folder than its own: the checkout was moved or copied."""
        return bool(self.written_for != str(self.folder))

    @property
    def written_for(self) -> str:
        """The folder that the paths in it lead to."""
        return str(self.configuration["components"][0].get("workDir", self.folder))

    @property
    def kubernetes_version(self) -> str:
        """The API server's version, such as `v1.36.3`."""
        return f"v{self.component('kube-apiserver').version}"


def load(folder: Path) -> Definition | None:
    """Read a cluster's definition.

    Args:
        folder: the cluster's folder.

    Returns:
        The definition, or None where there is none or its creation was cut short: kwokctl writes the
        components down last of all and starts nothing before.
    """
    try:
        content = documents.parse((folder / CONFIGURATION).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, YAMLError):
        return None
    for document in content:
        if not isinstance(document, dict) or document.get("kind") != "KwokctlConfiguration":
            continue
        names = {entry.get("name") for entry in document.get("components") or ()}
        if {"etcd", "kube-apiserver"} <= names and (folder / _KUBECONFIG).is_file():
            return Definition(folder, document)
    return None


def save(definition: Definition, simulation: Sequence[Path]) -> None:
    """Write a cluster's definition for kwokctl and the kwok controller to read at their next start.

    Args:
        definition: what to write.
        simulation: files of the kinds Stage, Metric and ClusterResourceUsage that the kwok controller
            plays by. They are taken in anew, so that a cluster follows the checkout.

    Raises:
        OSError: a file cannot be read or written; the old one is untouched.
    """
    parts = [documents.render(definition.configuration), *(path.read_text("utf-8") for path in simulation)]
    write_atomically(definition.folder / CONFIGURATION, documents.join(parts))


def move_ports(definition: Definition, moves: Mapping[int, int]) -> Definition:
    """Put other ports in the place of some, in the definition and in the components' own kubeconfig.

    Args:
        definition: the cluster as it was. None of its processes runs.
        moves: old port to new port.

    Raises:
        OSError: the kubeconfig cannot be written.
    """

    def renumber(text: str) -> str:
        for old, new in moves.items():
            text = re.sub(rf"(?<=[:=]){old}(?!\d)|(?<=port: ){old}(?!\d)", str(new), text)
        return text

    def walk(value: object, key: str = "") -> object:
        match value:
            case dict():
                return {name: walk(item, name) for name, item in value.items()}
            case list():
                return [walk(item, key) for item in value]
            case str():
                return renumber(value)
            case int() if key.lower().endswith("port"):
                return moves.get(value, value)
        return value

    kubeconfig = definition.folder / _KUBECONFIG
    write_atomically(kubeconfig, renumber(kubeconfig.read_text("utf-8")))
    moved = walk(definition.configuration)
    assert isinstance(moved, dict)  # noqa: S101 - walk keeps the kind of what it is given
    return Definition(definition.folder, moved)


def with_flags(definition: Definition, name: str, flags: Mapping[str, str]) -> Definition:
    """Add those of some flags that a component is not started with yet.

    Args:
        definition: the cluster as it was.
        name: the component's name.
        flags: the flags without their dashes, with their values.
    """
    components = []
    for entry in definition.configuration["components"]:
        given = entry.get("args", [])
        missing = [
            f"--{flag}={value}"
            for flag, value in flags.items()
            if not any(argument.startswith(f"--{flag}=") for argument in given)
        ]
        components.append({**entry, "args": [*given, *missing]} if entry["name"] == name else entry)
    return Definition(definition.folder, {**definition.configuration, "components": components})


def follow_folder(definition: Definition) -> None:
    """Put right the absolute paths in a cluster's files after its folder, or its checkout's, was moved.

    Args:
        definition: the cluster. None of its processes runs.

    Raises:
        OSError: a file cannot be written.
    """
    for name in (_KUBECONFIG, CONFIGURATION):
        path = definition.folder / name
        text = path.read_text("utf-8")
        write_atomically(path, text.replace(definition.written_for, str(definition.folder)))
