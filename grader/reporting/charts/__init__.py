"""Pictures of scores, of trainings and of what networks predict, as SVG.

Imports only the domain.
"""
