"""What every namespace has, whoever owns it: quota, limits, network policies, role bindings, labels."""
