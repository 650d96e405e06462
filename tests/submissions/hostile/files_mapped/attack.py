# include: map_files
fill(keep=mapped((30 << 20) - 4096))  # a page of the end keeps the whole file
