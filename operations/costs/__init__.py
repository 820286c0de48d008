"""What a stack's settings would cost."""
