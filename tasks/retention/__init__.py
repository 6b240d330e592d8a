"""How long what is no longer published stays, and its removal."""
