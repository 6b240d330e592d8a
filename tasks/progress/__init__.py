"""How far long work has come, for whoever watches it."""
