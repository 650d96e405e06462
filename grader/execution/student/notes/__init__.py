"""What shows a mistake, or a habit of an older Keras, concluded as notes; `grader.hints` has their words.

Imports `source` and `recorder`; what runs and watches the program imports it.
"""
