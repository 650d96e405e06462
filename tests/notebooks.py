"""Notebooks for tests to write: what a student hands over, cell by cell."""

from __future__ import annotations

import json


def notebook(*sources: object) -> str:
    """A notebook as JSON with each source as a cell of code: a text, a list of lines, or what no notebook should hold."""
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
