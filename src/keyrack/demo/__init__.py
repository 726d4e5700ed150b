"""`keyrack demo`: a typed pipeline at work on a tree of Python sources.

``files`` and ``facts`` know Python sources, ``ranking`` what is worth reading about them; ``pipeline`` is the part
that uses keyrack: keys, states and tasks. ``times`` observes it, ``screen`` draws, ``program`` is the command.
Importing this loads none of them.
"""
