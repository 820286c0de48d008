"""Starting something new: a service, an environment, or a setting that every service declares."""
