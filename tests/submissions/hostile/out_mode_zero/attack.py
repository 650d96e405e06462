os.chmod(out, 0)
print("nobody gets in")
