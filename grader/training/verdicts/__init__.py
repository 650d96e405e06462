"""What training runs say: whether a network learns what the reference learns, and why not.

Functions of numbers; the runs come from a `Trainer`. Imported by `calibration` and `grading`.
"""
