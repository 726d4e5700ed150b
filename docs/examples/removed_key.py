"""A removed key: what is gone is missed by name, and may be removed twice."""

from keyrack import KeyNotFoundError, MemoryStore, StoreKey

USERS = StoreKey("users", list[str])
UPDATED = StoreKey("updated", int)

store = MemoryStore()
store.put_many(USERS.to(["Ada", "Grace"]), UPDATED.to(2026))
print("stored:", store.keys())

store.remove(USERS)
store.remove(USERS)  # nothing there any more: nothing happens
print("stored:", store.keys())

try:
    store.get(USERS)
except KeyNotFoundError as error:
    print(error)

misspelt = StoreKey("update", int)
try:
    store.get(misspelt)
except KeyNotFoundError as error:
    print(error)

store.append(USERS, "Barbara")  # starts anew
print("users:", store.get(USERS))
