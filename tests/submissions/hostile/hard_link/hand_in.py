os.link("@OUTSIDE_FILE@", place / "helper.csv")
