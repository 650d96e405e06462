print("first line")
for number in range(50_000):
    print("x" * 100)
print("last line")
