"""The model's verbs: what each of them asks for, and what becomes of the complaint."""

from .agencies import Agencies
from .coordinating import Coordinating
from .deadlines import Deadlines
from .identity import Identity
from .reporter import Reporter


class Verbs(Coordinating, Deadlines, Agencies, Identity, Reporter):
    """Each verb changes the complaint that it is given, or raises ``Refused``."""
