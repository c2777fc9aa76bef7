"""Histories in the forms that other tools read: a file a form.

``formats`` lists them; ``record`` is what each of them is told of an entry; ``placing``
puts a finished file where it was asked for. A form reads a history once, entry by
entry, and keeps no more of it than the form itself demands.
"""
