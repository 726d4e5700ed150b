"""Every type form that the tests know."""

from tests.catalogue.arrays import ARRAYS
from tests.catalogue.containers import CONTAINERS
from tests.catalogue.models import MODELS
from tests.catalogue.records import RECORDS
from tests.catalogue.scalars import SCALARS
from tests.catalogue.things import THINGS

SAMPLES = [*SCALARS, *CONTAINERS, *RECORDS, *MODELS, *ARRAYS, *THINGS]
CHANGEABLE = [sample for sample in SAMPLES if sample.changes]
