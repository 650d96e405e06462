# include: access_list
# An access list for a user by number: everything for the owner, nothing for the group and the others.
LIST = access_list(7, 0, 0)
for place in (f"{RUN}/out", f"{RUN}/box", f"{RUN}/box/work", RUN, f"{RUN}/bin", f"{RUN}/bin/pip", HOME):
    attempt(os.setxattr, place, "user.residue-@TOKEN@", b"1")
    attempt(os.setxattr, place, "system.posix_acl_access", LIST)
    attempt(os.setxattr, place, "system.posix_acl_default", LIST)
