"""What a program declares: components from which an application or an infrastructure stack is composed."""
