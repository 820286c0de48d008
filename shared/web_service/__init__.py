"""A stateless web service in a namespace: what all services of this repository share."""

from shared.web_service.component import WebService
from shared.web_service.specification import WebServiceSpecification

__all__ = ["WebService", "WebServiceSpecification"]
