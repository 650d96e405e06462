"""The student's source as such: what it binds and reads, where something in it happens, how a call in it is written.

Imports nothing else of the student's side but `describe`.
"""
