"""The infrastructure stack: the cluster, its admission policies, and the namespaces that the platform owns."""
