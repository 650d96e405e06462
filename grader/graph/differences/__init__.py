"""Why a network is not the expected one, in the few changes that explain it.

Both networks are read as blocks, the blocks are paired, the pairs are compared, and the differences are put into words.
"""
