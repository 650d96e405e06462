"""What is shown to a class: its answer groups, and its pages without names. The rest of `reporting` imports it."""
