(place / "helper.txt").symlink_to("@CANARY_FILE@")
(place / "helper.py").symlink_to("@CANARY_FILE@")
(place / "data").symlink_to("@HOME@/course")
