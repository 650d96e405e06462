# include: network
# --- attack
@END@
# --- honest

raise ValueError("the rest is not done")
