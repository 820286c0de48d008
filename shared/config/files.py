"""Settings files, `Pulumi.<stack>.yaml`: the one reader, and the one writer, which edits only the lines that change."""

import codecs
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeGuard

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.atomic import write_whole
from shared.errors import Refusal

ABSENT: Final = object()
"""In place of a value: the setting is to be removed."""

_TOP = ("config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment")
"""What the engine knows in a settings file: https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/"""

Keys = tuple[str, ...]
"""What leads to a value: the name of a setting, and the keys of the mappings in it."""

_Entry = tuple[ScalarNode, Node]
"""A key and its value."""

_LF = "\n"
_CORRECT = "Nothing was changed. Correct the file and run the command again."
_AMBIGUOUS = re.compile(
    r"[-+]?(0[bBoOxX][-+]?[0-9a-fA-F]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?"
)
"""What the engine takes for a number, underscores left out, or for a date, and writes in another way."""

_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,17}")
"""An integer that the engine writes as it is written."""

_TYPES: Mapping[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": lambda text: float(text.replace("_", "")),
}
"""What a single value is by its YAML tag, where that is not text."""

_ALIKE = 0.8
"""The similarity from which on a project's name counts as a misspelling of another."""


@dataclass(frozen=True, eq=False)
class SettingsFile:
    """A parsed settings file; the same object as long as its content is the same.

    Args:
        values: the project's own settings by name, without those that are encrypted, wholly or in part.
        secret: the names of those.
        lines: the line of each setting, counted from 1.
        others: the keys of other projects' settings, `<project>:<name>`, with their lines.
        imports: whether `environment` adds settings from elsewhere.
    """

    file: str
    values: Mapping[str, Any]
    secret: frozenset[str]
    lines: Mapping[str, int]
    others: Mapping[str, int]
    imports: bool


def read(path: Path, project: str, *, file: str) -> SettingsFile:
    """Read a project's settings in a stack's settings file, which messages call `file`.

    Single values are typed by YAML; an empty one is not set.
    """
    return _parsed(_text(path, file), project, file)


def project_name(path: Path, *, file: str) -> str:
    """The name in a Pulumi.yaml; empty where it has none. Refusal where it names programs for the engine to run.

    So may what a merge (`<<`) brings in, and the other files that the engine takes for a project's.
    """
    for other in (path.with_suffix(suffix) for suffix in (".yml", ".json")):
        if other.exists():
            raise Refusal(
                f"{other.name} stands beside {file}, which the engine may read instead.", "Remove it."
            )
    entries = _entries(_root(_text(path, file), file))
    for key in sorted(entries.keys() & {"plugins", "packages", "<<"}):
        fact = f"{file}, line {_line(entries[key][0])}: {key} may name programs of the checkout for the engine to run."
        raise Refusal(
            fact, f"Remove {key}; install the plugin outside of the checkout (pulumi plugin install)."
        )
    entry = entries.get("name")
    return str(entry[1].value) if entry and isinstance(entry[1], ScalarNode) else ""


@lru_cache(maxsize=1024)
def _parsed(text: str, project: str, file: str) -> SettingsFile:
    root = _root(text, file)
    top = _entries(root)
    for name, (key, _) in top.items():
        if name not in _TOP:
            near = difflib.get_close_matches(name, _TOP, n=1) or ["config"]
            raise _wrong(
                file, key, f"the key {name} is unknown; settings go below config. Did you mean {near[0]}?"
            )
    config = top["config"][1] if "config" in top else None
    if not (config is None or isinstance(config, MappingNode) or _plain(config, file) is None):
        raise _wrong(file, config, "config must be a mapping, with a setting on each line")
    own: dict[str, Node] = {}
    lines: dict[str, int] = {}
    others: dict[str, int] = {}
    for full, (key, value) in _entries(config).items():
        owner, colon, name = full.partition(":")
        if not colon or not name:
            raise _wrong(file, key, f"{full} is not a valid key; write it as {project}:<setting>")
        if owner == project:
            own[name], lines[name] = value, _line(key)
        elif difflib.get_close_matches(owner, [project], n=1, cutoff=_ALIKE):
            raise _wrong(
                file, key, f"{full} is not a setting of this project; did you mean {project}:{name}?"
            )
        else:
            others[full] = _line(key)
    values = {name: _plain(node, file) for name, node in own.items()}
    secret = frozenset(name for name, value in values.items() if _has_secret(value))
    return SettingsFile(
        file=file,
        values={name: one for name, one in values.items() if name not in secret and one not in (None, "")},
        secret=secret,
        lines=lines,
        others=others,
        imports="environment" in top,
    )


@dataclass(frozen=True)
class Lines:
    """How a file writes a value, without indentation: the comment right above it, and what follows its key."""

    above: str
    value: str


def lines_of(path: Path, project: str, keys: Keys) -> Lines | None:
    """How a file writes one of a project's values; None where it is not there, or not on lines of its own."""
    text = _text(path, path.name)
    found, missing = _found(_root(text, path.name), _whole(project, keys))
    if missing:
        return None
    key = found[-1][0].start_mark
    above = text[_begins(text, found[-1]) : key.index - key.column]
    own = _whole_lines(text[key.index - key.column : _ends(text, found[-1])])
    above, own = (re.sub(rf"(?m)^ {{0,{key.column}}}", "", part) for part in (above, own))
    return Lines(above, own[_colon(text, found[-1]) - key.index :])


def change(
    path: Path,
    project: str,
    changes: Mapping[str, Any],
    *,
    file: str,
    copies: Mapping[Keys, Lines] = MappingProxyType({}),
    is_trial: bool = False,
) -> bool:
    """Set some of a project's settings in a file, or remove them by ABSENT, and tell whether it changed.

    Every other line stays byte for byte: of a mapping only the entries that change are edited. The comment right above
    a setting is removed with it. A trial writes nothing: it refuses what the change would refuse.

    Args:
        copies: how another file writes some of the values; they are written so where they are new.
    """
    before = _text(path, file)
    wanted = _config(before, file)
    copied = {
        keys: lines for keys, lines in copies.items() if _at(wanted, _whole(project, keys)[1:]) is ABSENT
    }
    bare: dict[str, Any] = dict(changes)
    for keys in copied:
        bare[keys[0]] = _with(bare[keys[0]], keys[1:], ABSENT)
    edits: list[tuple[Keys, Any, Lines | None]] = []
    for setting, value in bare.items():
        parts = _differences(wanted.get(f"{project}:{setting}", ABSENT), value)
        edits += [(_whole(project, (setting, *keys)), new, None) for keys, new in parts]
    edits += [(_whole(project, keys), _at(changes, keys), lines) for keys, lines in copied.items()]
    if not edits:
        return False
    for setting, value in changes.items():
        wanted = _with(wanted, [f"{project}:{setting}"], value)
    text = before
    try:
        for edit in edits:
            text = _edited(text, file, *edit)
        if not before.endswith(_LF):
            text = text.removesuffix(_LF)
        is_right = _is_same(_config(text, file), wanted)
    except Refusal:
        is_right = False
    if not is_right and copied:
        return change(path, project, changes, file=file, is_trial=is_trial)
    if not is_right:
        raise Refusal(
            f"{file} is written in a way that this command cannot edit (an anchor, an alias or a tag).",
            f"Change {', '.join(changes)} by hand.",
        )
    if not is_trial:
        raw, content = path.read_bytes(), text.encode()
        mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
        write_whole(path, mark + (content.replace(b"\n", b"\r\n") if _has_crlf(raw) else content))
    return True


def _text(path: Path, file: str) -> str:
    """A file's text, with line feeds alone where each of its lines ends with CR LF."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        is_folder = isinstance(error, IsADirectoryError)
        fact = "is a folder, and has to be a file" if is_folder else f"cannot be read: {error.strerror}"
        raise Refusal(f"{file} {fact}.", _CORRECT) from None
    except UnicodeDecodeError as error:
        raise Refusal(f"{file} is not UTF-8 text (byte {error.start + 1}).", _CORRECT) from None
    return text.replace("\r\n", _LF) if _has_crlf(raw) else text


def _has_crlf(raw: bytes) -> bool:
    return raw.count(b"\r\n") == raw.count(b"\n") > 0


@lru_cache(maxsize=1024)
def _root(text: str, file: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
        data = _plain(root, file) if root else None
    except RecursionError:
        raise Refusal(f"{file} is nested too deeply, or an alias contains itself.", _CORRECT) from None
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        line = f", line {mark.line + 1}," if mark else ""
        raise Refusal(f"{file}{line} is not valid YAML: {problem}.", _CORRECT) from None
    if not (data is None or isinstance(root, MappingNode)):
        raise Refusal(f"{file} must be a mapping at its top level.", "Put the settings below the key config.")
    return root


def _entries(node: Node | None) -> dict[str, _Entry]:
    return {key.value: (key, value) for key, value in node.value} if isinstance(node, MappingNode) else {}


def _plain(node: Node, file: str) -> Any:
    """A node's value, typed by YAML."""
    if isinstance(node, SequenceNode):
        return [_plain(item, file) for item in node.value]
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise _wrong(file, key, "a key must be a single value")
            if not isinstance(_plain(key, file), str):
                raise _wrong(file, key, f"{key.value} is read in different ways; write it in quotes")
            if key.value in found:
                raise _wrong(file, key, f"{key.value} is set twice; keep one of the two")
            found[key.value] = _plain(value, file)
        return found
    kind = str(node.tag).rpartition(":")[2]
    is_plain = isinstance(node, ScalarNode) and node.style is None
    differs = kind == "timestamp" or (kind == "int" and not _PLAIN.fullmatch(node.value))
    if is_plain and kind == "str" and not node.value.startswith("_"):
        differs = bool(_AMBIGUOUS.fullmatch(node.value.replace("_", "")))
    if is_plain and differs:
        raise _wrong(file, node, f"{node.value} is read in different ways; write it in quotes")
    return _TYPES.get(kind, str)(node.value)


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _wrong(file: str, node: Node, rule: str) -> Refusal:
    return Refusal(f"{file}, line {_line(node)}: {rule}{'' if rule.endswith('?') else '.'}", _CORRECT)


def _config(text: str, file: str) -> dict[str, Any]:
    root = _root(text, file)
    return ((_plain(root, file) if root else None) or {}).get("config") or {}


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    return bool(one == other and isinstance(one, bool) == isinstance(other, bool)) or (
        one in (None, {}) and other in (None, {})
    )


def _differences(before: Any, after: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The smallest parts of a value that change, by the keys that lead to them."""
    if before is after:
        return
    if before and after and isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() - after.keys():
            yield (key,), ABSENT
        for key, value in after.items():
            for keys, new in _differences(before.get(key, ABSENT), value):
                yield (key, *keys), new
    elif before is ABSENT or after is ABSENT or not _is_same(before, after):
        yield (), after


def _whole(project: str, keys: Keys) -> Keys:
    return "config", f"{project}:{keys[0]}", *keys[1:]


def _at(data: Any, keys: Keys) -> Any:
    """The value at the end of some keys; ABSENT where there is none."""
    for key in keys:
        data = data.get(key, ABSENT) if isinstance(data, Mapping) else ABSENT
    return data


def _found(node: Node | None, keys: Keys) -> tuple[list[_Entry], list[str]]:
    """The entries that keys lead to, each on lines of its own, and the keys that lead no further."""
    found, missing = list[_Entry](), list(keys)
    while missing and _is_block(node) and missing[0] in _entries(node):
        found.append(_entries(node)[missing.pop(0)])
        node = found[-1][1]
    return found, missing


def _edited(text: str, file: str, path: Keys, value: Any, lines: Lines | None = None) -> str:
    """The text with one value changed, added or removed."""
    root = _root(text, file)
    found, keys = _found(root, path)
    node = found[-1][1] if found else root
    if not keys:
        return _replaced(text, found[-1], value) if value is not ABSENT else _removed(text, found)
    if _is_block(node) and value is not ABSENT:
        column, at = node.value[0][0].start_mark.column, _free_place(text, node)
        new = f"{keys[0]}:{_rendered(_with({}, keys[1:], value), 0, text)}"
        if lines and len(keys) == 1:
            new = f"{lines.above}{keys[0]}:{lines.value}"
        new = re.sub(r"(?m)^(?=.*\S)", " " * column, new)
        return f"{_whole_lines(text[:at])}{new}{text[at:]}"
    if node is None or not _entries(node) or not _is_block(node):
        # Not a block of lines: the value above is rewritten as a whole.
        whole = _with(_plain(node, file) if node and _entries(node) else {}, keys, value)
        if found:
            return _replaced(text, found[-1], whole)
        return f"{_whole_lines(text)}{path[0]}:{_rendered(whole.get(path[0]), 0, text)}"
    return text


def _free_place(text: str, block: MappingNode) -> int:
    """Where a new entry goes: behind the last one that no comment follows at once, since that may be about it."""
    ends = [_ends(text, entry) for entry in block.value]
    comment = re.compile(rf" {{{block.value[0][0].start_mark.column}}}#")
    return next((end for end in reversed(ends) if not comment.match(text, end)), ends[-1])


def _removed(text: str, found: Sequence[_Entry]) -> str:
    begin, end = _begins(text, found[-1]), _ends(text, found[-1])
    if len(found) > 1 and len(found[-2][1].value) == 1:
        colon = _colon(text, found[-2])
        return f"{text[:colon]} {{}}{text[colon:begin]}{text[end:]}"
    return text[:begin] + text[end:]


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith(_LF) else f"{text}{_LF}"


def _is_block(node: Node | None) -> TypeGuard[MappingNode]:
    return isinstance(node, MappingNode) and bool(node.value) and not node.flow_style


def _with(data: dict[str, Any], keys: Sequence[str], value: Any) -> Any:
    """The data with a value at the end of some keys."""
    if not keys:
        return value
    inner = data.get(keys[0])
    changed = _with(inner if isinstance(inner, dict) else {}, keys[1:], value)
    return {key: item for key, item in {**data, keys[0]: changed}.items() if item is not ABSENT}


def _replaced(text: str, entry: _Entry, value: Any) -> str:
    """Write a key's value in place of the one that is there; a comment on the key's line stays."""
    colon, end, after = _colon(text, entry), _content_end(text, entry), _ends(text, entry)
    first, _, rest = _rendered(value, entry[0].start_mark.column, text).partition(_LF)
    line = text[colon : _next_line(text, colon)].rstrip(_LF)
    if end <= colon + len(line):
        comment, after = line[end - colon :], _next_line(text, colon)
    else:
        comment = line if line.lstrip().startswith("#") else ""
    return f"{text[:colon]}{first}{comment}{_LF}{rest}{text[after:]}"


def _rendered(value: Any, column: int, text: str) -> str:
    """What follows a key's colon, with the line end: a single value, or lines that are indented below the key.

    They are indented as the settings in the text are.
    """
    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = False, 4096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # its annotation has None alone
    indented = re.search(r"(?m)^config:.*\n(?:\s*#.*\n)*( +)", text)
    step = len(indented[1]) if indented else 2
    yaml.indent(mapping=step, sequence=step + 2, offset=step)
    yaml.dump({"key": value}, stream)
    return stream.getvalue().removeprefix("key:").replace(f"{_LF} ", f"{_LF} {' ' * column}")


def _colon(text: str, entry: _Entry) -> int:
    """Where an entry's value begins: right behind the colon."""
    return text.index(":", entry[0].end_mark.index) + 1


def _content_end(text: str, entry: _Entry) -> int:
    """Where an entry's value ends, without the comments and blank lines behind it."""
    key, node = entry
    if node.start_mark.index == node.end_mark.index:
        return _colon(text, entry)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return len(text[: node.end_mark.index].rstrip())
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
        return _content_end(text, node.value[-1] if isinstance(node, MappingNode) else (key, node.value[-1]))
    return int(node.end_mark.index)


def _ends(text: str, entry: _Entry) -> int:
    """Where an entry's lines end: after its value, and the comments behind it that are indented deeper than its key."""
    end = at = _next_line(text, _content_end(text, entry))
    while at < len(text):
        line = text[at : _next_line(text, at)]
        at += len(line)
        indentation = len(line) - len(line.lstrip())
        if line.lstrip().startswith("#") and indentation > entry[0].start_mark.column:
            end = at
        elif line.strip():
            break
    return end


def _begins(text: str, entry: _Entry) -> int:
    """Where an entry's lines begin: at its key, or the comment right above it."""
    column = entry[0].start_mark.column
    begin = entry[0].start_mark.index - column
    while begin and re.match(rf" {{{column}}}#", text[(above := text.rfind(_LF, 0, begin - 1) + 1) : begin]):
        begin = above
    return int(begin)


def _next_line(text: str, at: int) -> int:
    return text.find(_LF, at) + 1 or len(text)
