import glob

for path in ["/proc/@VICTIM_PID@/cmdline", *glob.glob("/proc/[0-9]*/cmdline")]:
    try:
        text = open(path, "rb").read().decode(errors="replace")
        if "@PATTERN@" in text:
            print(path, text)
    except OSError:
        pass
