"""Who vouches for the log: its keys, its signer and witnesses, and what they promised.

A ``signatory`` signs only what its ``memory`` knows to have grown.
"""
