units = int(input("How many units? "))
