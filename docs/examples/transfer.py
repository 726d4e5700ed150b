"""A transfer: two keys that change together, or not at all, with many threads at it."""

from concurrent.futures import ThreadPoolExecutor

from keyrack import KeyRegistry, KeyValueStore, MemoryStore, StoreKey


class Keys(KeyRegistry, prefix="bank"):
    ours: StoreKey[int] = StoreKey(default=0)
    theirs: StoreKey[int] = StoreKey(default=0)


class TooLittleError(Exception):
    """There is not enough to transfer."""


def transfer(store: MemoryStore, amount: int) -> int:
    """Move *amount* from ours to theirs, and give what is left."""

    def move(tx: KeyValueStore) -> int:
        left = tx.get(Keys.ours) - amount
        tx.put(Keys.ours, left)
        if left < 0:
            raise TooLittleError(f"{-left} short")
        tx.put(Keys.theirs, tx.get(Keys.theirs) + amount)
        return left

    return store.transact(move)


store = MemoryStore()
store.put(Keys.ours, 100)

with ThreadPoolExecutor(8) as pool:
    left = list(pool.map(transfer, [store] * 90, [1] * 90))
print("lowest:", min(left))
print("ours, theirs:", store.get_many(Keys.ours, Keys.theirs))

try:
    transfer(store, 25)
except TooLittleError as error:
    print(f"{error}; {error.__notes__[0]}")
print("ours, theirs:", store.get_many(Keys.ours, Keys.theirs))
