"""The cluster, its guards, and the namespaces that the platform owns."""

from infrastructure.provision import provision

provision()
