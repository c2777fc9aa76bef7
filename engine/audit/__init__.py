"""What an auditor asks of the histories; it decides nothing and moves nothing.

``past`` tells how it stood and why, ``signing`` vouches for the log, ``verifying``
finds what was altered, ``exports`` hands histories out. ``placing`` puts a finished
file where it was asked for.
"""
