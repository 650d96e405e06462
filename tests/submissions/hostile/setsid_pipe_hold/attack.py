subprocess.Popen([sys.executable, "-c", "import select; select.select([], [], [], 60)"], start_new_session=True)
print("the parent is done")
