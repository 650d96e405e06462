import shutil

# Whoever runs a file that cannot be read is hidden from those of the same user. Perl allocates as well as any.
program = os.path.realpath(shutil.which("perl") or shutil.which("mawk") or shutil.which("awk"))
copy = os.path.join(HOME, "program")
os.umask(0)
with open(program, "rb") as source, open(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o111), "wb") as target:
    target.write(source.read())
text = "BEGIN { s = sprintf(\"%1000000d\", 1); for (i = 0; i < 900; i++) a[i] = s i; system(\"sleep 8\") }"
perl = "@a = map { 'x' x 1000000 . $_ } 1..900; sleep 8"
for _ in range(3):
    attempt(subprocess.Popen, [copy, "-e", perl] if program.endswith("perl") else [copy, text])
wait(8)
