"""The commands of the grader as a terminal sees them, in the test's own process, which imports Keras once for all.

What belongs to a process (signals, what a killed grader leaves, an installation) is tested with processes.
"""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from grader.cli import main


def grader(*arguments: object) -> subprocess.CompletedProcess[str]:
    """What `grader ARGUMENTS` prints, and its exit code."""
    command = ["grader", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    previous = signal.getsignal(signal.SIGINT)
    try:
        with patch.object(sys, "argv", command), redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    else:
        code = 0
    finally:
        signal.signal(signal.SIGINT, previous)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
