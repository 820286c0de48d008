"""The labels and annotations that every stack, policy and person reads the same way."""

OWNER = "platform.internal/owner"
"""Label: the one stack, as `<project>.<stack>`, that owns the object."""

PREVIOUS_OWNER = "platform.internal/previous-owner"
"""Annotation: whom the owner took the object over from; the guard compares it with the label that it replaces."""

ALLOW_DELETION = "platform.internal/allow-deletion"
"""Annotation: the namespace's own UID, set by whoever means to delete it with everything in it."""

FIELD_MANAGER = "pulumi.com/patchFieldManager"
"""Annotation read by the Kubernetes provider: the server-side apply manager's name."""

FORCE = "pulumi.com/patchForce"
"""Annotation read by the Kubernetes provider: take conflicting fields over."""

SKIP_AWAIT = "pulumi.com/skipAwait"
"""Annotation read by the Kubernetes provider: do not wait for the object to become ready."""

UNOWNED = "unowned"
"""In place of an owner's name: a namespace that nobody owns."""

TEAM = "platform.internal/team"
"""Label: the team that a namespace belongs to."""

COST_CENTER = "platform.internal/cost-center"
"""Label: where a namespace's costs are booked."""

PROFILE = "platform.internal/profile"
"""Label: a namespace's size."""
