# include: network
# --- attack
raise SystemExit(0)
# --- honest

raise ValueError("the rest is not done")
