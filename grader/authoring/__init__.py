"""What authors of assignments do: calibrate from references, and validate rubrics with variants and mutants.

Imports what stands below `pipeline`; only `cli` and `benchmarks/` import it.
"""
