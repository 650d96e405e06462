# Also at full, where only memory stores anything: more than the limits of memory and disk together.
chunk = b"x" * (1 << 20)
places = ["/", "/etc", "/dev", "/sys", "/root", "/var", "/var/tmp", "/run", "/tmp", "/dev/shm", "/home", "/opt", "."]
places += [top for top, folders, _ in os.walk("/") if top.count("/") < 4 and not top.startswith(("/proc", "/sys"))][:3000]
stored = 0
for place in places:
    number = 0
    while stored < 1750:
        try:
            with open(f"{place}/residue-@TOKEN@-{number}", "wb") as file:
                for _ in range(30):
                    file.write(chunk)
                    stored += 1
            number += 1
        except OSError:
            break
print(stored, "MB")
wait(1)
