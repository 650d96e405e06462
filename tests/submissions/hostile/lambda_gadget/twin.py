# include: typed_input
