"""The isolation of a namespace: quota, limits, network policies, role bindings, labels."""
