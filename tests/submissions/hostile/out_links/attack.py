# include: forge
import socket

kind = os.getpid() % 3
(out / "models.json").symlink_to("@CANARY_FILE@")
if kind == 0:
    (out / "run.json").symlink_to("../job.json")
elif kind == 1:
    (out / "elsewhere").write_text(json.dumps(RUN))
    os.link(out / "elsewhere", out / "run.json")
else:
    os.chdir(out)
    socket.socket(socket.AF_UNIX).bind("run.json")
os._exit(0)
