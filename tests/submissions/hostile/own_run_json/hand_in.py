for name in ("run.json", "recording.json", "report.json", "job.json"):
    (place / name).write_text("{}")
for name in ("grades.json", "results.json"):
    (place / name).write_text('{"score": 10}')
