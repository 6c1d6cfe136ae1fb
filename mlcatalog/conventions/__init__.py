"""Names read field by field, judged, and held against the facts.

A training script asks for the right name of its model like this:

    from mlcatalog.conventions import Convention, convention_for

    name = convention_for(".").name(task="cls", run_id="r0a11", ...)
"""

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.in_force import Conventions, convention_for

__all__ = ["Convention", "Conventions", "convention_for"]
