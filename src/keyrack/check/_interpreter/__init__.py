"""The abstract interpreter: from the source of a task to its effects, as `model` has them."""
