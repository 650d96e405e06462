import gc

found = set()


def look(value):
    if isinstance(value, str) and "@PATTERN@" in value and len(value) < 500 and "look(" not in value:
        found.add(value)


frame = sys._getframe()
while frame:
    for scope in (frame.f_locals, frame.f_globals):
        for value in list(scope.values()):
            look(value)
    frame = frame.f_back
for thing in gc.get_objects():
    if type(thing) in (list, tuple, set):
        for value in list(thing)[:1000]:
            look(value)
    elif type(thing) is dict:
        for value in list(thing.values())[:1000]:
            look(value)
print(*found, sep="\n")
