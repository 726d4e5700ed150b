"""What the state machine puts under which key: values that fit, and values that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from tests.kinds import (
    ARRAY,
    COUNT,
    FEW,
    LIMIT,
    MAYBE,
    NOTHING,
    NUMBERS,
    PAIR,
    SEEN,
    TABLE,
    TITLE,
    USER,
    USERS,
    User,
)

if TYPE_CHECKING:
    from keyrack.keys.key import StoreKey


class Kind(NamedTuple):
    """A key, what fits it, what does not, and what its items are where it is a list."""

    key: StoreKey[Any]
    values: st.SearchStrategy[Any]
    wrong: st.SearchStrategy[Any]
    items: st.SearchStrategy[Any] | None = None
    longest: int = 1_000_000


numbers = st.integers(-(2**70), 2**70)
words = st.text(max_size=3)
users = st.builds(User, name=words, age=numbers, tags=st.lists(words, max_size=2))
no_user = st.sampled_from(["1", None, 1.5]).map(lambda age: User.model_construct(name="x", age=age))
arrays = st.lists(st.integers(0, 9), max_size=3).map(lambda items: np.array(items, np.int64))

ALL_KINDS = [
    Kind(COUNT, numbers, st.sampled_from(["1", None, True, 1.5])),
    Kind(TITLE, words, st.sampled_from([b"x", 1, None])),
    Kind(LIMIT, st.integers(1), st.integers(max_value=0)),
    Kind(MAYBE, st.none() | numbers, st.sampled_from(["", False, ()])),
    Kind(NOTHING, st.none(), st.sampled_from([0, False, ""])),
    Kind(PAIR, st.tuples(numbers, words), st.tuples(words, numbers)),
    Kind(NUMBERS, st.lists(numbers, max_size=3), st.tuples(numbers), numbers),
    Kind(FEW, st.lists(numbers, max_size=3), st.lists(numbers, min_size=4, max_size=5), numbers, 3),
    Kind(SEEN, st.lists(numbers, max_size=3), st.lists(words, min_size=1, max_size=3), numbers),
    Kind(USER, users, no_user | st.just({"name": "x", "age": 1})),
    Kind(USERS, st.lists(users, max_size=2), st.lists(no_user, min_size=1, max_size=2), users),
    Kind(
        TABLE,
        st.dictionaries(words, st.lists(numbers, max_size=2), max_size=2),
        st.dictionaries(words, numbers, min_size=1, max_size=2),
    ),
    Kind(ARRAY, arrays, arrays.map(lambda array: array.astype(np.float64))),
]

LISTS = [kind for kind in ALL_KINDS if kind.items is not None]
