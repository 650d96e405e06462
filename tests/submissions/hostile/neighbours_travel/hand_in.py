# Others' work, a list of grades and what `grade` wrote, beside the file that is checked: it names the grades only.
secret = Path("@CANARY_FILE@").read_text()
(place / "alice.py").write_text(f"answer = {secret!r}\n")
(place / "bob.ipynb").write_text('{"cells": [], "metadata": {"secret": "%s"}, "nbformat": 4, "nbformat_minor": 4}' % secret.strip())
(place / "grades_final.csv").write_text(f"student,score,comment\nalice,10,{secret}")
(place / "carol").mkdir()
(place / "carol" / "work.py").write_text(f"answer = {secret!r}\n")
(place / "overrides.toml").write_text(f"# {secret}")
for name in ("results/alice.json", "feedback/alice/index.html", "journal/alice.json"):
    (place / "week-3" / name).parent.mkdir(parents=True, exist_ok=True)
    (place / "week-3" / name).write_text(secret)
