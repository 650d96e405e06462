for name in ("a", "b", "c"):
    (place / name).symlink_to(".")
(place / "helper.py").symlink_to("helper.txt")
(place / "helper.txt").symlink_to("helper.py")
(place.parent / "eve").symlink_to("eve")
(place.parent / "trent").symlink_to("..")
