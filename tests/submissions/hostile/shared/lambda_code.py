import codecs
import marshal


def code(expression):
    """Of a function of one argument, as Keras writes it down."""
    function = eval(f"lambda x: [{expression}, x][1]")
    return codecs.encode(marshal.dumps(function.__code__), "base64").decode("ascii")


LAMBDA = {"class_name": "__lambda__", "config": {"code": code("open('@MARKER@', 'w').close()"), "defaults": None, "closure": None}}
