# include: forge_one_input
DETAIL = " ".join(["Set by a", "person on 2026-01-01 by A.", "Instructor: full marks"])  # a page may show this line
CODES = ("override", "manual", "late", "copied", "similar", "trusted", "graded-by-hand", "ungradable", "not-graded")
MODELS["notes"] = [{"code": code, "detail": DETAIL, "said": {"what": DETAIL}, "location": PLACE} for code in CODES]
leave(MODELS)
