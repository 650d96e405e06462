# include: tell
attempt(tell, "\0@ABSTRACT@")
