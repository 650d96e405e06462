for place in (out, HOME):
    attempt(os.chmod, place, 0o555)
os._exit(0)
