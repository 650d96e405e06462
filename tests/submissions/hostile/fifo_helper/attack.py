# include: read_helpers
