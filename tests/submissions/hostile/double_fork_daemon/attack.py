# include: daemon
if stays():
    wait(60)
    os._exit(0)
print("the parent is done")
