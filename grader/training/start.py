"""Starts the worker behind walls: `python -m grader.training.start`."""

from __future__ import annotations

import tempfile


def main() -> None:
    # TensorFlow asks where temporary files would go, and does not start where none can be written. It writes none.
    tempfile.tempdir = "/tmp"
    from grader.training.worker import main as work

    work()


if __name__ == "__main__":
    main()
