# include: attempts
import os

attempt(os.chmod, "@OUTSIDE_FILE@", 0o777)
attempt(os.chmod, "@HOME@", 0o777)
attempt(os.utime, "@OUTSIDE_FILE@", (0, 0))
attempt(os.setxattr, "@OUTSIDE_FILE@", "user.evil", b"1")
attempt(os.link, "@OUTSIDE_FILE@", "@HOME@/linked")
attempt(os.link, "@OUTSIDE_FILE@", "linked")
attempt(os.rename, "@OUTSIDE_FILE@", "@OUTSIDE_FILE@.evil")
