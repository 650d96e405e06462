# include: fill_files
import tempfile

fill(lambda number: os.open(tempfile.gettempdir(), os.O_RDWR | os.O_TMPFILE, 0o600))
