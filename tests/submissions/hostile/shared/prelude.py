import base64
import ctypes
import fcntl
import glob
import json
import os
import pathlib
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
HOME = os.environ["HOME"]
RUN = os.path.dirname(os.path.dirname(HOME))
out = pathlib.Path(RUN, "out")


def attempt(act, *arguments):
    """Whether it could be done; it says what kept us from it."""
    try:
        act(*arguments)
    except (OSError, ValueError, AttributeError) as error:
        print(error)
        return False
    return True


def tell_error(done):
    """Of a call of the C library."""
    print(os.strerror(ctypes.get_errno()) if done < 0 else "done")


def wait(seconds):
    select.select([], [], [], seconds)


