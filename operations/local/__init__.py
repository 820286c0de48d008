"""The local cluster: upstream Kubernetes binaries with simulated nodes, one cluster per checkout."""
