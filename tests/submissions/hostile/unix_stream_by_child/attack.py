# A program that is started anew, by other means than those of this process, and by a kernel of its own.
PROGRAM = """
import socket
with socket.socket(socket.AF_UNIX) as handle:
    handle.settimeout(1)
    handle.connect("@UNIX_STREAM@")
    handle.sendall(b"the answers are")
"""
for command in (
    [sys.executable, "-I", "-c", PROGRAM],
    ["setsid", sys.executable, "-I", "-c", PROGRAM],
    ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/@TCP_PORT@ && echo answers >&3"],
):
    try:
        print(subprocess.run(command, capture_output=True, timeout=8).stderr[-200:])
    except (OSError, subprocess.SubprocessError) as error:
        print(error)
