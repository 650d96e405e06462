"""What runs inside a sandbox before student code does: restrictions, limits, and the parent of each run.

Nothing here imports `grader`, and nothing but the standard library: the files are run by path, with the interpreter of
the course if need be. This text is the protocol.

    python -I main.py serve STUDENT               serve the requests on the socket that is file descriptor 0, with the
                                                  student's side, which is in that folder
    python -I main.py serve-one STUDENT           the same for a single one, and import nothing ahead of it
    python -I main.py student STUDENT ARGUMENTS...  be a run without any server, which nothing restricts
    python -I main.py confine RESTRICTIONS COMMAND...   apply them, then become COMMAND: for trusted processes
    python -I main.py launch SPEC COMMAND...      become COMMAND as a user other than root; SPEC: uid, binds
    python -I main.py probe RESTRICTIONS                apply them in a run, and print what it finds as JSON

RESTRICTIONS is JSON, also part of each request:
    root        the folder of the run: `box` and `out` in it are all that may be written to; "" has none
    folders     those to make in `box`
    own         whether to make separate namespaces, with a private /proc, everything else read-only
    writable    with `own`, [path, megabytes, files] of each memory file system that is made for this run
    landlock    null, or {"read": [path...], "write": [path...], "hidden": [beneath these, what is not],
                "names": [folders beneath which names can be seen]}
    seccomp     whether to filter system calls
    required    whether a restriction that cannot be applied is an error, or is left out
    limits      {"memory_mb", "cpu_seconds", "processes", "file_mb"}; what is null has no limit here
    cores       processors to stay on, or null

A request is JSON, one datagram:
    restrictions    as above
    arguments   those of the student's side
    folder      the current folder
    recording   {"path", "most": bytes}: the file that the run leaves
Descriptors come with it: standard output and error of the run; a pipe that stays open as long as the run may go on;
a new file for the recording; and files to write "0" to, which put the writer into a control group.

A run has its own parent, `reaper`, which no process of the run can reach. It ends all of them when the first one
has ended or the pipe is closed, also because the requester is dead. Only when none is left does it copy the recording,
and answer:
    {"exit": code, "refused": "why", "unstored": "why"}   negative codes are signals, null where it was stopped;
                                       `refused` says why the recording is no file that can be copied,
                                       `unstored` why ours could not be written; both may be empty
    {"fault": "why"}                   the run never began
A server says {"ready": [packages that it has imported]} first. It runs no student code, and ends when its socket
closes, or its parent dies.
"""
