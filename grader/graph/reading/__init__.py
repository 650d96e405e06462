"""A model's config, as untrusted plain data, to a `ModelGraph`, by allow-list and without Keras.

A layer that can be trained is a row of `catalogue.py`. Outside `graph/`, only the trainer, which builds what the
catalogue allows, and `authoring`, which writes it as code, import from here; all else goes through `grader.graph`.
"""
