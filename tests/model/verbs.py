"""The model's verbs: what each of them asks for, and what becomes of the complaint."""

from .agencies import AgencyVerbs
from .coordinating import CoordinatorVerbs
from .deadlines import DeadlineVerbs
from .identity import IdentityVerbs
from .reporter import ReporterVerbs


class Verbs(CoordinatorVerbs, DeadlineVerbs, AgencyVerbs, IdentityVerbs, ReporterVerbs):
    """Each verb changes the complaint that it is given, or raises ``Refused``."""
