"""What can be proved to somebody who holds nothing but a root: arithmetic of hashes.

Pure: no file, no database, no clock. May import: the standard library, errors and
words; `note` alone imports `cryptography`.
"""
