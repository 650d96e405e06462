"""What runs inside a sandbox before student code does: walls, limits, and the process that is forked for each run.

Nothing here imports `grader`, and nothing but the standard library: the files are run by path, with the interpreter of
the course if need be. This text is the protocol.

    python -I main.py confine WALLS COMMAND...  put the walls up, then become COMMAND
    python -I main.py serve                     fork a child for each request on the socket that is file descriptor 0
    python -I main.py launch SPEC COMMAND...    become COMMAND as somebody else than root; SPEC: uid, binds
    python -I main.py probe WALLS               put the walls up in a child, and print what it finds as JSON

WALLS is JSON, also part of each request:
    root        the folder of the run: `box` in it is all that may be written to, but for `out`; "" has none
    places      folders to make in `box`
    own         whether to make namespaces of one's own, with a private /proc and a `box` in memory
    landlock    null, or {"read": [path...], "write": [path...], "hidden": [beneath these, what is not],
                "names": [folders beneath which names can be seen]}
    seccomp     whether to filter system calls
    pretend     whether the filter answers success to changes of modes and owners, and changes nothing
    required    whether a wall that cannot be put up is an error, or is left out
    limits      {"memory_mb", "cpu_seconds", "processes", "file_mb", "disk_mb"}; what is null has no limit here
    cores       processors to stay on, or null

A request is one datagram of JSON with one file descriptor, which becomes standard output and error of the child:
    walls       as above
    arguments   those of the student's side, whose main.py the child calls
    folder      the current folder
The answer is one datagram: {"exit": code}, negative numbers are signals, or {"fault": "why"}. The server says
{"ready": [packages that it has imported]} first. It runs no code of a student's, and ends when its socket closes.
"""
