import select
import threading
import time

for _ in range(300):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
select.select([], [], [], 60)
