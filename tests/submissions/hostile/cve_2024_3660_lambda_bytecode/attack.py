# include: forge
# include: lambda_code
leave(models(layer("Lambda", "evil", {"function": LAMBDA})))
