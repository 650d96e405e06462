# include: fill_files
fill()
