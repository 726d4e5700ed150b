"""An optional key: nothing stored, a default, and None are three different things."""

from keyrack import KeyNotFoundError, KeyRegistry, MemoryStore, StoreKey


class Keys(KeyRegistry, prefix="report"):
    title: StoreKey[str]
    language: StoreKey[str] = StoreKey(default="en")
    """The language of the report."""
    editor: StoreKey[str | None]
    """Who edits it; None: nobody."""


store = MemoryStore()

# Nothing stored: an error, a value of the caller's choice, or the default of the key.
try:
    store.get(Keys.title)
except KeyNotFoundError as error:
    print(error)
print("title:", store.get(Keys.title, "untitled"))
print("language:", store.get(Keys.language))

# Neither of them has stored anything.
print("stored:", store.keys())
print("language stored:", Keys.language in store)

# None is a value like any other.
store.put(Keys.editor, None)
print("editor:", store.get(Keys.editor, "not asked yet"))
print("stored:", store.keys())
