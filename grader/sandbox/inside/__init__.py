"""What runs inside a sandbox before student code does: walls, limits, and the parent of each run.

Nothing here imports `grader`, and nothing but the standard library: the files are run by path, with the interpreter of
the course if need be. This text is the protocol.

    python -I main.py serve                       run what each request on the socket that is file descriptor 0 asks for
    python -I main.py run REQUEST FD...           run one command; the answer goes to the first descriptor
    python -I main.py confine WALLS COMMAND...    put the walls up, then become COMMAND: for trusted processes
    python -I main.py launch SPEC COMMAND...      become COMMAND as somebody else than root; SPEC: uid, binds
    python -I main.py probe WALLS                 put the walls up in a run, and print what it finds as JSON

WALLS is JSON, also part of each request:
    root        the folder of the run: `box` and `out` in it are all that may be written to; "" has none
    folders     those to make in `box`
    own         whether to make namespaces of one's own, with a private /proc, everything else read-only
    writable    with `own`, [path, megabytes, files] of each memory file system that is made for this run
    landlock    null, or {"read": [path...], "write": [path...], "hidden": [beneath these, what is not],
                "names": [folders beneath which names can be seen]}
    seccomp     whether to filter system calls
    pretend     whether the filter answers success to changes of modes and owners, and changes nothing
    required    whether a wall that cannot be put up is an error, or is left out
    limits      {"memory_mb", "cpu_seconds", "processes", "file_mb"}; what is null has no limit here
    cores       processors to stay on, or null

A request is JSON, one datagram where it goes to a server:
    walls       as above
    arguments   those of the student's side, whose main.py a server calls
    command     what is executed instead, where nothing was imported beforehand
    folder      the current folder
    recording   {"folder", "files": [name...], "bytes": most of each}
With it come descriptors: standard output and error of the run; a pipe that stays open as long as the run may go on;
a new file for each name of the recording; and files to write "0" to, which put the writer into a control group.

A run has a parent of its own, `reaper`, which no process of the run can reach. It ends all of them when the first one
has ended or the pipe is closed, also because whoever asked is dead. Only when nobody is left does it copy the files of
the recording, and answer:
    {"exit": code, "refused": "why"}   negative codes are signals, null where it was stopped; `refused` says which file
                                       of the recording is not one that can be copied, or nothing
    {"fault": "why"}                   the run never began
A server says {"ready": [packages that it has imported]} first. It runs no code of a student's, and ends when its
socket closes, or its parent dies.
"""
