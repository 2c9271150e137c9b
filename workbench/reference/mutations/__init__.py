"""What porters get wrong, one idea per file.

A file declares a generator under `@family(name, *kinds of operation)` that is given one recorded operation (a Call)
and yields Changes: words, and a function that computes the wrong result. Files are found by themselves.
"""
