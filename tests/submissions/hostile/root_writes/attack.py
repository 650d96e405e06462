# include: leave
leave_everywhere()
