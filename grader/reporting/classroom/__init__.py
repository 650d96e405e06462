"""What is shown to a class itself: its answer groups, and its pages without names. Imported by the rest of `reporting`."""
