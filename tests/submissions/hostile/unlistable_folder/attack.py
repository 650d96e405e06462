# include: fill_files
os.umask(0)
folder = f"{HOME}/nobody-looks"
os.mkdir(folder, 0o300)
os.mkdir(f"{folder}/inner", 0o300)
fill(lambda number: os.open(f"{folder}/inner/{number}", os.O_RDWR | os.O_CREAT, 0o666), os.close)
