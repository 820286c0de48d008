"""The labels, annotations and admission policies of the platform, by the names that everything uses for them."""

OWNER = "platform.internal/owner"
"""Label: the one stack, as `<project>.<stack>`, that owns the object."""

PREVIOUS_OWNER = "platform.internal/previous-owner"
"""Annotation: the owner that it was adopted from; the admission policy compares it with the label that changes."""

ALLOW_DELETION = "platform.internal/allow-deletion"
"""Annotation: the namespace's own UID, which allows its deletion with everything in it."""

FIELD_MANAGER = "pulumi.com/patchFieldManager"
FORCE = "pulumi.com/patchForce"
SKIP_AWAIT = "pulumi.com/skipAwait"
"""Annotations read by the Kubernetes provider: the server-side apply manager's name; overwrite conflicting fields; do
not wait for the object to become ready."""

HTTP_PORT = "http"
"""The name of the port that every web service listens on, for probes and network policies."""

UNOWNED = "unowned"
"""In place of an owner's name: a namespace without an owner."""

TEAM = "platform.internal/team"
COST_CENTER = "platform.internal/cost-center"
PROFILE = "platform.internal/profile"
"""Labels of a namespace: the team that it belongs to, where its costs are booked, its size."""

HOSTS = "platform.internal/hosts"
"""Annotation of a namespace: the hosts that its Ingresses may have, separated by spaces; `*.` is any host below."""

TENANTS = "platform.internal/tenants"
"""Annotation of a namespace: the stacks that may use it, separated by commas; any where it is empty."""

OWNER_POLICY = "owner-change.platform.internal"
"""Admission policy: an owner changes by compare-and-swap only."""
