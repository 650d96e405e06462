for name in ("data.csv", "helper.py", "weights.h5"):
    with open(place / name, "wb") as file:
        file.truncate(40 << 30)
