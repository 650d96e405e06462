"""What shows a mistake, or a habit of an older Keras, as facts and notes; `grader.hints` makes advice of them.

Imports `source` and `recorder`; what runs and watches the program imports it.
"""
