"""Wrong uses: of contracts of tasks."""

# pyright: standard, reportUnusedExpression=false
# Not strict: what is wrong on a marked line shall be a type.

from enum import Enum

from keyrack import Contract, MemoryStore, Workflow, task
from keyrack.workflow import contract_of

from .declared import COUNT, RESULT, Keys, keys


class Stage(Enum):
    LOAD = "load"
    DONE = "done"


class Other(Enum):
    LOAD = "load"


def right(store: MemoryStore) -> Stage:
    return Stage.DONE


@task  # E
def bare(store: MemoryStore) -> Stage:
    return Stage.DONE


@task(reads=[COUNT])
def other_state(store: MemoryStore) -> Other:
    return Other.LOAD


@task(reads=[COUNT])
def takes_two(store: MemoryStore, more: int) -> Stage:
    return Stage.DONE


task(COUNT)  # E
task([COUNT])  # E
task(reads="count")  # E
task(reads=["count"])  # E
task(reads=COUNT)  # E
task(reads=RESULT)  # E
task(reads=[keys.count])  # E
task(reads=keys)  # E
task(reads=[Keys])  # E
task(reads=[Stage.DONE])  # E
task(reads=3)  # E
task(writes="count")  # E
task(writes=[1])  # E
task(writes=[keys.result])  # E
task(may_write="count")  # E
task(may_write=[None])  # E
task(removes="count")  # E
task(removes=COUNT)  # E
task(removes=[COUNT, "text"])  # E
task(to=Stage.DONE)  # E
task(to="DONE")  # E
task(to=["DONE"])  # E
task(to=[COUNT])  # E
task(to=[Stage])  # E
task(to=[Stage.DONE, "LOAD"])  # E
task(goes_to=[Stage.DONE])  # E
task(reads=[COUNT])(3)  # E
task(reads=[COUNT])("right")  # E
task(reads=[COUNT])(None)  # E
task(reads=[COUNT])(right(MemoryStore()))  # E
task(reads=[COUNT])(right, right)  # E
task(reads=[COUNT])(task=right)  # E

workflow = Workflow(Stage)
workflow.register(Stage.LOAD, other_state)  # E
workflow.register(Stage.LOAD, takes_two)  # E
workflow.register(Stage.LOAD, task(to=[Other.LOAD])(other_state))  # E

other_state(3)  # E
takes_two(MemoryStore(), "3")  # E
other_state(MemoryStore()).nothing  # E
contract_of(right).reads  # E
contract_of(right, right)  # E
found = contract_of(right) or Contract()
found.reads = frozenset()  # E
found.nothing  # E
Contract(reads=[COUNT])  # E
Contract(to={Stage.DONE})  # E
Contract(to=(COUNT,))  # E
