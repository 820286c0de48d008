"""A value of a settings file as the engine passes it to the program: single values as their text, the rest as data."""

from typing import Any

import yaml

_NULL = "tag:yaml.org,2002:null"
_TEXT = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary")


def value_of(node: yaml.Node) -> Any:
    """The value that a setting has.

    Args:
        node: what stands behind its key.

    Returns:
        The text of a single value, whatever it looks like; a list or a map with its values as YAML types them.
    """
    if isinstance(node, yaml.ScalarNode):
        return "" if node.tag == _NULL else node.value
    return _data(node)


def is_secret(node: yaml.Node) -> bool:
    """Whether it is an encrypted value: a map with the one key `secure`."""
    return isinstance(node, yaml.MappingNode) and [key.value for key, _ in node.value] == ["secure"]


def holds_secret(node: yaml.Node) -> bool:
    """Whether it is an encrypted value or has one within it."""
    if isinstance(node, yaml.MappingNode):
        return is_secret(node) or any(holds_secret(value) for _, value in node.value)
    return isinstance(node, yaml.SequenceNode) and any(map(holds_secret, node.value))


def _data(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        # A key that is no text has no place in JSON, by which the engine passes the value on.
        return {str(_data(key)) if key.tag != _NULL else "": _data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(item) for item in node.value]
    if node.tag == _NULL:
        return None
    if node.tag in _TEXT:
        return node.value
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, OverflowError):
        return node.value
