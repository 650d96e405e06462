"""The attacks: hostile submissions against the sandbox, and the proof that each works without one.

    python -m tests.attacks [--level full|partial]... [--only NAME]... [--json FILE] [--no-controls]

A case is a folder of `tests/submissions/hostile/`: `case.toml` and mostly `attack.py` (see `cases`). `trial` sets up a
`world` with something to steal, to hurt and to reach, runs the submission through the grader's own code, and has an
`oracles` look at the world, never at what the attack says of itself. A `control` is the same attack on a grader
without a sandbox: on level `none`, or on one of the `naive` graders that the field uses. If the control does not
succeed, a block proves nothing.

Everything happens in a `disposable` set of namespaces: read-only files, its own processes, no network.
"""
