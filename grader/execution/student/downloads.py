"""Files of well-known addresses, made up: a program that downloads one goes on, as with the data sets of Keras.

They have the columns, the types and the kinds of text of the true ones, and often fewer rows. What is not here fails as
everything does that needs a network.
"""

from __future__ import annotations

import email.message
import functools
import io
import random
import re
import shlex
import urllib.response
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .imports import when_imported
from .recorder import Recorder

ADDRESS = re.compile(r"(?:https?|ftp)://[^\s'\"]+")
WORDS_OF_A_BOOK = 40_000
SENTENCES = 12_000
WORDS = ("the", "of", "and", "to", "in", "is", "that", "it", "was", "for", "on", "are", "quick", "judge", "box")
HEART = "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,target"
TITANIC = "survived,sex,age,n_siblings_spouses,parch,fare,class,deck,embark_town,alone"
JENA = (
    '"Date Time","p (mbar)","T (degC)","Tpot (K)","Tdew (degC)","rh (%)","VPmax (mbar)","VPact (mbar)","VPdef (mbar)",'
    '"sh (g/kg)","H2OC (mmol/mol)","rho (g/m**3)","wv (m/s)","max. wv (m/s)","wd (deg)"'
)
Cells = Callable[[random.Random, int], Sequence[object]]


def table(head: str, rows: int, cells: Cells, between: str = ",") -> bytes:
    chance = random.Random(0)
    lines = [between.join(map(str, cells(chance, number))) for number in range(rows)]
    return "\n".join([*([head] if head else []), *lines, ""]).encode()


def text() -> bytes:
    return sentences(random.Random(0), WORDS_OF_A_BOOK).encode()


def sentences(chance: random.Random, words: int) -> str:
    """One on each line."""
    said = [chance.choice(WORDS) for _ in range(words)]
    said[::9] = [word.capitalize() for word in said[::9]]
    return "".join(word + (".\n" if number % 9 == 8 else " ") for number, word in enumerate(said))


def pairs(names: str) -> bytes:
    """Sentences in two languages, as the Tatoeba project gives them."""
    chance = random.Random(0)

    def said() -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 6))).capitalize() + chance.choice(".!?")

    lines = "".join(f"{said()}\t¿{said()} é\tCC-BY 2.0\n" for _ in range(SENTENCES))
    return archive({names: lines.encode()})


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return packed.getvalue()


def heart(chance: random.Random, row: int) -> Sequence[object]:
    kinds = ("fixed", "normal", "reversible")
    return (29 + row % 48, row % 2, row % 5, chance.randint(94, 200), chance.randint(126, 564), row % 2, row % 3,
            chance.randint(71, 202), row % 2, round(chance.uniform(0, 6), 1), 1 + row % 3, row % 4, kinds[row % 3],
            int(row % 4 == 0))  # fmt: skip


def _titanic(chance: random.Random, row: int) -> Sequence[object]:
    return (row % 2, ("male", "female")[row % 2], round(chance.uniform(1, 80), 1), row % 5, row % 4,
            round(chance.uniform(5, 500), 4), ("First", "Second", "Third")[row % 3],
            ("unknown", "C", "E", "G")[row % 4], ("Southampton", "Cherbourg", "Queenstown")[row % 3],
            "ny"[row % 2])  # fmt: skip


def _cars(chance: random.Random, row: int) -> Sequence[object]:
    return (round(chance.uniform(9, 46), 1), 3 + row % 6, round(chance.uniform(68, 455), 1),
            "?" if row % 66 == 32 else round(chance.uniform(46, 230), 1), round(chance.uniform(1613, 5140), 1),
            round(chance.uniform(8, 25), 1), 70 + row % 13, 1 + row % 3, '\t"a car"')  # fmt: skip


def engine(chance: random.Random, row: int) -> Sequence[object]:
    return (f"{(-1) ** row:.7e}", *(f"{chance.gauss(0, 1):.7e}" for _ in range(500)))


def minutes(chance: random.Random, row: int) -> Sequence[object]:
    time = f"2014-04-{1 + row // 288:02d} {row // 12 % 24:02d}:{row % 12 * 5:02d}:00"
    return time, round(chance.uniform(18, 88), 10)


def weather(chance: random.Random, row: int) -> Sequence[object]:
    day = f"{1 + row // 144 % 28:02d}.{1 + row // 4032 % 12:02d}.{2009 + row // 48384}"
    return (f"{day} {row // 6 % 24:02d}:{row % 6}0:00", *(round(chance.uniform(1, 30), 2) for _ in range(14)))


def _ratings(chance: random.Random, row: int) -> Sequence[object]:
    return 1 + row % 610, chance.randint(1, 9_000), (1 + row % 10) / 2, 964_982_703 + row


def _movies(chance: random.Random, row: int) -> Sequence[object]:
    return row + 1, f"Film {row} ({1950 + row % 70})", ("Comedy", "Drama|Romance", "Action|Thriller")[row % 3]


def _jena() -> bytes:
    return table(JENA, 42_055, weather)


FILES: dict[str, Callable[[], bytes]] = {
    **dict.fromkeys(("nietzsche.txt", "shakespeare.txt", "moby10b.txt"), text),
    "heart.csv": lambda: table(HEART, 303, heart),
    "titanic/train.csv": lambda: table(TITANIC, 627, _titanic),
    "titanic/eval.csv": lambda: table(TITANIC, 264, _titanic),
    "auto-mpg.data": lambda: table("", 398, _cars, "   "),
    "FordA_TRAIN.tsv": lambda: table("", 3_601, engine, "\t"),
    "FordA_TEST.tsv": lambda: table("", 1_320, engine, "\t"),
    **dict.fromkeys(
        ("art_daily_small_noise.csv", "art_daily_jumpsup.csv"), lambda: table("timestamp,value", 4_032, minutes)
    ),
    "jena_climate_2009_2016.csv": _jena,
    "jena_climate_2009_2016.csv.zip": lambda: archive({"jena_climate_2009_2016.csv": _jena()}),
    "spa-eng.zip": lambda: pairs("spa-eng/spa.txt"),
    "fra-eng.zip": lambda: pairs("fra.txt"),
    "ml-latest-small.zip": lambda: archive(
        {
            "ml-latest-small/ratings.csv": table("userId,movieId,rating,timestamp", 20_000, _ratings),
            "ml-latest-small/movies.csv": table("movieId,title,genres", 9_000, _movies),
        }
    ),
}


def known(address: str) -> str:
    """The name of a file that is made up for an address, or nothing."""
    path = re.split(r"[?#]", address)[0]
    return next((name for name in FILES if path.endswith("/" + name)), "")


def install(recorder: Recorder) -> None:
    when_imported({"urllib.request": functools.partial(_answer_for, recorder)})


def _answer_for(recorder: Recorder, request: Any) -> None:
    """`urlopen`, and with it what NumPy, Pandas and Keras read from addresses."""
    original = request.urlopen

    @functools.wraps(original)
    def urlopen(url: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        address = str(getattr(url, "full_url", url))
        name = known(address)
        if not name:
            return original(url, *args, **kwargs)
        recorder.note("made-up-data", name.replace("/", "-"))
        content = FILES[name]()
        headers = email.message.Message()
        headers["Content-Length"] = str(len(content))
        return urllib.response.addinfourl(io.BytesIO(content), headers, address, 200)

    request.urlopen = urlopen


def in_shell(recorder: Recorder, command: str) -> bool:
    """Whether a line for the shell only downloads or unpacks what is made up, which is done then."""
    program = command.strip().partition(" ")[0]
    names = [name for address in ADDRESS.findall(command) if (name := known(address))]
    if program in ("wget", "curl") and names:
        for name in names:
            Path(Path(name).name).write_bytes(FILES[name]())
            recorder.note("made-up-data", name.replace("/", "-"))
        return True
    packed = [one for one in words_of(command) if Path(one).name in FILES and zipfile.is_zipfile(one)]
    for one in packed if program == "unzip" else ():
        with zipfile.ZipFile(one) as source:
            source.extractall()
    return program == "unzip" and bool(packed)


def words_of(command: str) -> Iterator[str]:
    try:
        yield from shlex.split(command)
    except ValueError:
        return
