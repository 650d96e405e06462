"""`check(model)` in a student's own notebook: the same engine on one model of this process.

Imports what `pipeline` imports; only `grader/__init__.py` imports it. Keras is the notebook's own, already there.
"""

from grader.notebook.check import check_model

__all__ = ["check_model"]
