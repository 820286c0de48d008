"""One file per fault: what was begun goes on, and nothing is lost."""
