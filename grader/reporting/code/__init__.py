"""The student's code: shown line by line, and compared with that of others.

Imports only the domain and `reporting.display`.
"""
