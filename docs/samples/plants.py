"""The data of the authors' tutorial, invented: `python plants.py` writes plants.npz."""

import numpy as np

numbers = np.random.default_rng(7)
arrays = {}
for suffix, count in (("", 400), ("_val", 100)):
    leaf, soil = numbers.random((count, 2)), numbers.random((count, 3))
    height = np.sin(3 * leaf[:, :1]) + leaf[:, 1:] * soil[:, :1] - soil[:, 1:2] ** 2
    arrays |= {f"leaf{suffix}": leaf, f"soil{suffix}": soil, f"height{suffix}": height}
np.savez("plants.npz", **arrays)
