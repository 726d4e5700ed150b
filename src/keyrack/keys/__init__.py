"""Keys: a name bound to a type, what fits it, and how it is copied. Pure: nothing here does I/O."""
