# include: newer_calls
for place in (f"{RUN}/out", f"{RUN}/box", HOME, f"{RUN}/bin", RUN):
    set_attribute(place, "user.residue-@TOKEN@", b"1")
    set_attribute(place, "system.posix_acl_access", access_list(5, 0, 0))
    set_attribute(place, "system.posix_acl_default", access_list(5, 0, 0))
os._exit(0)
