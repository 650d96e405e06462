# include: forge
(out / "run.json").write_text('{"finished": true, "finished": true, "loss": NaN, "huge": 1' + "0" * 100_000 + "}")
(out / "models.json").write_text('{"models": ' + "[" * 100_000 + "]" * 100_000 + "}")
os._exit(0)
