# include: typed_lambda
