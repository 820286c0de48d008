"""The infrastructure stack: the cluster, its guards, and the namespaces that the platform owns."""
