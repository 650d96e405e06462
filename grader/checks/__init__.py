"""The rubric: one small file for each kind of check, one visible registry, which runs them.

Imports `graph`; `assignments`, `authoring` and `grading` import it.
"""

from grader.checks.evidence import CheckOptions, Evidence, freedoms, veiled
from grader.checks.findings import Finding, errored, failed, passed, skipped
from grader.checks.network_view import LayerView, MergeView, View, view
from grader.checks.registry import KINDS, Kind, every_kind, kinds_of, looks_at_networks, run_checks, without_model
from grader.domain.words import ended, in_location
