"""Every type form that the tests know."""

from tests.catalogue.arrays import ARRAYS
from tests.catalogue.containers import CONTAINERS
from tests.catalogue.model_samples import MODELS
from tests.catalogue.record_samples import RECORDS
from tests.catalogue.scalars import SCALARS
from tests.catalogue.things import THINGS

SAMPLES = [*SCALARS, *CONTAINERS, *RECORDS, *MODELS, *ARRAYS, *THINGS]
CHANGEABLE = [sample for sample in SAMPLES if sample.changes]
