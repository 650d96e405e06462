"""Programs made from a reference: the same network spelled in other ways, and with a single mistake in it.

Each is a graph with a style, which `writer` turns into source. Only `authoring` imports it.
"""
