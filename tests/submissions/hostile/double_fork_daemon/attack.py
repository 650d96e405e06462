# include: daemon
if stays():
    select.select([], [], [], 60)
    os._exit(0)
print("the parent is done")
