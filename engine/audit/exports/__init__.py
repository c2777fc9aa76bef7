"""Histories in the forms that other tools read: a file a form.

``formats`` lists them; ``record`` is what each of them is told of an entry. A form
reads a history once, entry by entry, and keeps no more than the form itself demands.
``bundle`` is for who verifies (docs/history-format.md).
"""
