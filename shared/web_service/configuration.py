"""The service's configuration: one ConfigMap, whose content the pods carry as a checksum."""

import hashlib
import json

from shared.web_service.specification import WebServiceSpecification

CHECKSUM = "platform.internal/configuration-checksum"
"""Annotation of the pods: a changed ConfigMap changes it, which rolls them."""


def configuration(service: WebServiceSpecification) -> dict[str, str]:
    """The service's environment variables, as its ConfigMap holds them."""
    settings = service.settings
    return {
        "ENVIRONMENT": service.namespace,
        "LOG_LEVEL": settings.log_level,
        "DATABASE_HOST": settings.database_host,
        "CACHE_TTL": str(settings.cache_ttl),
        "FEATURE_NEW_UI": str(settings.feature_new_ui).lower(),
    }


def checksum(data: dict[str, str]) -> str:
    """A short digest of a ConfigMap's data: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
