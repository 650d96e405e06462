# include: mmap
# include: fill_files
def mapped(start):
    """To keep a file, one page of it, without any descriptor."""

    def keep(handle):
        libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, handle, start)
        os.close(handle)

    return keep


fill(keep=mapped(@START@))
