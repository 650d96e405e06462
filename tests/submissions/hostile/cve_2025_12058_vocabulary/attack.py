# include: forge
lookup = layer("StringLookup", "evil", {"vocabulary": "@CANARY_FILE@"}, dtype="string")
text = layer("TextVectorization", "text", {"vocabulary": "http://127.0.0.1:@TCP_PORT@/words"})
leave(models(lookup, dtype="string", unused=[{**text, "inbound_nodes": []}]))
