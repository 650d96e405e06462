"""A class: its folder, its workers, its shards, and the machines of a cluster.

One submission at a time is the business of `pipeline`; here is what makes hundreds of them safe to repeat, to
interrupt and to spread. Imports `grading` and `reporting`; only `pipeline` and `cli` import it."""
