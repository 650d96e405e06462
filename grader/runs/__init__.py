"""A class: its folder, its workers, and the machines of a cluster.

`pipeline` grades one submission at a time; this package makes hundreds of them safe to repeat, to interrupt and to
spread. `pipeline`, `cli` and `authoring` import it. It imports what stands below `pipeline`; `grading_main`, which is a
command of its own, imports `pipeline` too.
"""
