"""YAML as the cluster's programs read and write it."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML


def parse(text: str) -> list[Any]:
    """Read every document of a text.

    Raises:
        ruamel.yaml.error.YAMLError: it is no YAML.
    """
    return list(YAML(typ="safe").load_all(text))


def render(document: Mapping[str, Any]) -> str:
    """Write one document, in block style: Go's parser refuses some long flow sequences."""
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.width = 4096
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def join(documents: Iterable[str]) -> str:
    """Put several documents into one text."""
    return "\n---\n".join(documents)
