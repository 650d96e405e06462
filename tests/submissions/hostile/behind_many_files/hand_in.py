for number in range(2_500):
    (place / f"a{number:05}.txt").write_text("x")
