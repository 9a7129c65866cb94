"""One module per entrance. Each takes what it needs of the world as ports, by name, and returns what it decided."""
