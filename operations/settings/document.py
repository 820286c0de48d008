"""A YAML file of the checkout, read strictly: what the engine would stumble over, or take otherwise, is told."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from shared.refusal import Refusal

LARGEST = 1024 * 1024
"""Bytes that a settings file may have."""

_DEEPEST = 32
_MOST_VALUES = 50_000
_EXAMPLE = "config: {<project>:<setting>: <value>}"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A file's content: a map.

    Args:
        file: the file, as messages name it.
        root: the map, with the line of everything in it.
        wrong: what is wrong in its form although it can be read, an indented line each.
    """

    file: str
    root: yaml.MappingNode
    wrong: tuple[str, ...] = ()


def read_document(path: Path, file: str) -> Document:
    """Read a YAML file.

    Args:
        path: the file.
        file: what messages call it.

    Raises:
        Refusal: it is no file that can be read, or no YAML, or no map.
    """
    return _parsed(read_text(path, file), file)


@lru_cache(maxsize=1024)
def _parsed(text: str, file: str) -> Document:
    """A file's content, read once as long as its text is the same: a fleet comes back to all files for each stack."""
    try:
        _measure(text, file)
        root = yaml.compose(text, Loader=_Loader)
        nodes = _nodes(root, file)
    except yaml.YAMLError as error:
        raise _broken(file, *_where(error, text)) from None
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag.endswith(":null")):
        root = yaml.MappingNode("tag:yaml.org,2002:map", [])
    if not isinstance(root, yaml.MappingNode):
        kind = "a list" if isinstance(root, yaml.SequenceNode) else "a single value"
        raise _broken(file, "", f"the file is {kind}, and has to be a map")
    return Document(file, root, tuple(wrong for node in nodes for wrong in _twice(node)))


def line_of(node: yaml.Node) -> int:
    """The line of a node, counted from 1."""
    return node.start_mark.line + 1 if node.start_mark else 1


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """What stands in a map, by key; empty where there is no map."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def read_text(path: Path, file: str) -> str:
    """Read a file's text.

    Args:
        path: the file.
        file: what messages call it.

    Raises:
        Refusal: it is no file, too large, or no UTF-8.
    """
    if path.is_dir():
        raise Refusal(f"{file} is a folder, and has to be a file.", f"Write a file in its place: {_EXAMPLE}")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Refusal(
                f"{file} has {size} bytes; a settings file has at most {LARGEST}.",
                f"Nothing was changed. Keep settings in it and nothing else, for example {_EXAMPLE}",
            )
        content = path.read_bytes()
    except OSError as error:
        raise Refusal(
            f"{file} cannot be read: {error.strerror}.", "Make it a readable file and run the command again."
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _broken(file, f"line {line}", f"byte 0x{content[error.start]:02x} is no UTF-8") from None


def _measure(text: str, file: str) -> None:
    """Refuse what nests so deeply that reading it would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise _broken(file, "", f"values are nested deeper than {_DEEPEST} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _nodes(root: yaml.Node | None, file: str) -> list[yaml.MappingNode]:
    """All maps of a document, in order; values that aliases repeat are counted as often as they stand."""
    maps: dict[int, yaml.MappingNode] = {}
    waiting, seen = [(root, 0)] if root is not None else [], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > _MOST_VALUES or depth > _DEEPEST:
            raise _broken(
                file,
                f"line {line_of(node)}",
                f"its aliases repeat themselves, or make more than {_MOST_VALUES} values of it",
            )
        if isinstance(node, yaml.MappingNode):
            maps[id(node)] = node
            waiting += [(part, depth + 1) for pair in reversed(node.value) for part in reversed(pair)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(part, depth + 1) for part in reversed(node.value)]
    return list(maps.values())


def _twice(node: yaml.MappingNode) -> list[str]:
    """The keys that a map has more than once, of which the engine would take one and say nothing."""
    lines: dict[str, list[int]] = {}
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            lines.setdefault(key.value, []).append(line_of(key))
    return [
        f"    {key} stands in lines {', '.join(map(str, found))}: a setting stands once; keep one of them"
        for key, found in lines.items()
        if len(found) > 1
    ]


def _where(error: yaml.YAMLError, text: str) -> tuple[str, str]:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or not problem:
        return "", " ".join(str(getattr(error, "reason", None) or error).split())
    line = ([*text.splitlines(), ""])[min(mark.line, text.count("\n"))]
    indentation = line[: len(line) - len(line.lstrip())]
    rule = "a tab stands where only spaces may" if "\t" in indentation else str(problem)
    return f"line {mark.line + 1}, column {mark.column + 1}", rule


def _broken(file: str, where: str, rule: str) -> Refusal:
    place = f", {where}" if where else ""
    return Refusal(
        f"{file}{place}: {rule}, so it cannot be used.",
        f"Nothing was changed. Correct the file and run the command again; for example {_EXAMPLE}",
    )
