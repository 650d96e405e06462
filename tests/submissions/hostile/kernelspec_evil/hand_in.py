asks = json.loads((place / "attack.ipynb").read_text())
asks["metadata"]["kernelspec"] = {"name": "evil", "display_name": "evil", "language": "python"}
(place / "attack.ipynb").write_text(json.dumps(asks))
