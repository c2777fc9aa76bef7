"""How a paper of an office is made, and an office's own template filled in."""
