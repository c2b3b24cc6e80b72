"""Built-in plugins, each registered through the same hooks as any other."""
