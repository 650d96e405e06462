"""The formats of other places. They are told in the words of a story, and listed in `reporting.FORMATS`."""
