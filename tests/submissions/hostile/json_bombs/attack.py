# include: forge
BOMBS = (
    '{"finished": true, "finished": true, "loss": NaN, "huge": 1' + "0" * 100_000 + "}",
    '{"models": ' + "[" * 100_000 + "]" * 100_000 + "}",
)
(out / "recording.json").write_text(BOMBS[os.getpid() % 2])
os._exit(0)
