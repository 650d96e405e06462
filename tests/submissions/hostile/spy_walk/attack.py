DULL = {"proc", "sys", "dev", "usr", "lib", "lib32", "lib64", "bin", "sbin", "site-packages", ".venv", ".pyenv"}
end = time.monotonic() + 6
for place, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if name not in DULL]
    for name in files:
        path = os.path.join(place, name)
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 65536:
                text = open(path, errors="replace").read()
                if "@PATTERN@" in text and "attack" not in name:
                    print(path, text)
        except OSError:
            pass
    if time.monotonic() > end:
        break
