# include: map_files
fill(keep=mapped(0))  # a page of the beginning keeps the whole file, of which it does not show the size
