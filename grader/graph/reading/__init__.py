"""A model's config, as untrusted plain data, to a `ModelGraph`, by allow-list and without Keras.

A layer that can be trained is a row of `catalogue.py`. Nothing outside `graph/` imports from here except through
`grader.graph`, apart from the trainer, which builds what the catalogue allows."""
