# include: forge
(out / "models.json").symlink_to("@CANARY_FILE@")
leave()
