"""Independent evaluators: other people's programs that judge our manifests, in tests alone."""
