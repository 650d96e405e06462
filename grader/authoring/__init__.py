"""What authors of assignments do: calibrate from references, and validate rubrics with variants and mutants."""
