"""Namespace names: the three patterns, and what Kubernetes and this platform allow as a name."""

import re
from enum import StrEnum


class NamespacePattern(StrEnum):
    """How a namespace gets its name where the setting `namespace` does not spell it out."""

    ENVIRONMENT = "environment"
    SERVICE_ENVIRONMENT = "service-environment"
    TEAM_ENVIRONMENT = "team-environment"


_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_MAXIMUM_LENGTH = 63


def namespace_name(pattern: NamespacePattern, *, service: str, team: str, environment: str) -> str:
    """Name a namespace by a pattern: `dev`, `day-service-dev` or `team-backend-dev`.

    Args:
        pattern: which of the three.
        service: the service's name, such as `day-service`.
        team: the team's name; empty where the pattern does not use it.
        environment: the stack's name, such as `dev`.

    Raises:
        ValueError: the pattern needs a team and there is none.
    """
    if pattern is NamespacePattern.ENVIRONMENT:
        return environment
    if pattern is NamespacePattern.SERVICE_ENVIRONMENT:
        return f"{service}-{environment}"
    if not team:
        raise ValueError("the pattern team-environment needs the setting team")
    return f"team-{team}-{environment}"


def check_namespace_name(name: str) -> str:
    """Return a namespace's name if it may be used.

    Source: RFC 1123 labels, https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

    Raises:
        ValueError: it is no RFC 1123 label, is too long, or is reserved for the cluster itself.
    """
    if len(name) > _MAXIMUM_LENGTH:
        raise ValueError(f"'{name}' has {len(name)} characters; a namespace's name has at most 63")
    if not _LABEL.fullmatch(name):
        raise ValueError(
            f"'{name}' is no RFC 1123 label: lower-case letters, digits and '-', "
            "beginning and ending with a letter or digit"
        )
    if name == "default" or name.startswith("kube-"):
        raise ValueError(f"'{name}' is reserved for the cluster itself")
    return name
