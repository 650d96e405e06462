"""Grades go back: what `grader export` writes, as functions of a report and of the file that the platform gave.

A gradebook is filled in and never made. Imports `submissions` for who is who, and `reporting` for words; `cli` imports
it.
"""
