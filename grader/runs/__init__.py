"""A class: its folder, its workers, its shards, and the machines of a cluster.

`pipeline` grades one submission at a time; this package makes hundreds of them safe to repeat, to
interrupt and to spread. Imports `grading` and `reporting`; only `pipeline` and `cli` import it."""
