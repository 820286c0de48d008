"""What a pipeline asks: which stacks a change is about."""
