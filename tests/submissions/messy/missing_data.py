lines = open("measurements.csv").readlines()
