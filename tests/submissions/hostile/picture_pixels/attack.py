# include: picture
picture = png(60_000, 10)  # more pixels than any reader has room for
print(len(picture), "bytes: @TOKEN@")
display({"image/png": base64.b64encode(picture).decode()}, raw=True)
