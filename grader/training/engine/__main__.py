"""The trainer process: trusted code that trains networks by request.

    python -m grader.training.engine pipes MEMORY_MB    itself, by its standard input and output
    python -m grader.training.engine forks MEMORY_MB    each fork of it, see `sandbox/inside/fork_server`

It reads one JSON object per line and answers each with one JSON line; whatever else prints goes to stderr. JSON is
strict both ways, and what is not finite is `null`.

    {"do": "train", "job": {...}}        ->  {"run": {...}, "compiled": 1}    see `messages`; programs so far
    {"do": "survey", "data": {...}, "recipe": {...}}  ->  {"floors": [{...}], "axis": [...], "heads": [{...}]}
    {"do": "measure", "data": {...}}     ->  {"inputs": [{...}], "targets": [{...}], "samples": 800}
    {"do": "describe", "graph": {...}}   ->  {"network": {...}}       what Keras says of it, see `build.describe`
    {"do": "influence", "graph": {...}}  ->  {"moves": [[true]]}      by output, whether each input changes it
    {"do": "nothing"}                    ->  {}                       as soon as all is imported
    a network that cannot be trained or run, and anything that needs too much memory  ->  {"refused": "why"}
    anything else that fails             ->  {"fault": "why"}

It ends when the other side closes. MEMORY_MB limits its memory. The environment it needs is `host.ENVIRONMENT`, which
the coordinator sets.
"""

from __future__ import annotations

import gc
import sys

from grader.sandbox.inside.lazy_imports import defer
from grader.training.stored_programs import open_folder

if __name__ == "__main__":
    gc.disable()  # imports leave no garbage: without collection they take a sixth less time
    sys.modules["matplotlib"] = None  # type: ignore[assignment]  # Keras, which can do without, has it list all fonts
    defer()
    open_folder()

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

import tensorflow as tf

from grader.filesystem import lines
from grader.graph.codec import decode_graph
from grader.sandbox.inside.fork_server import fork_for_each
from grader.training.engine.build import describe, influence
from grader.training.engine.data import InvalidDataError, make_data, measure
from grader.training.engine.loop import Programs
from grader.training.engine.measures import floors
from grader.training.engine.pictures import Pictures
from grader.training.messages import DATA, JOB, RECIPE, dumps, encode_run, loads


def main() -> None:
    """Answer requests until there are no more."""
    gc.freeze()
    gc.enable()
    mode, megabytes = sys.argv[1:]
    requests, answers = fork_for_each() if mode == "forks" else (0, os.dup(1))
    os.dup2(2, 1)  # what a library prints is no answer
    arrived = _until_gone(requests)
    _limit_memory(int(megabytes))  # only now: a thread that begins without memory is waited for for ever
    with os.fdopen(answers, "wb") as output:
        for answer in serve(iter(arrived.get, None)):
            output.write(dumps(answer).encode() + b"\n")
            output.flush()


def _until_gone(requests: int) -> queue.SimpleQueue[bytes]:
    """Lines as they come. When there are no more, the process ends, even in the middle of an answer."""
    arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in lines(requests):
            arrived.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return arrived


def serve(requests: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer for each request; a request that fails does not end the process."""
    programs = Programs()
    for line in requests:
        request: Any = None
        try:
            request = loads(line)
            yield _answer(programs, request)
        except InvalidDataError as error:
            yield {"fault": str(error)}
        except (MemoryError, tf.errors.ResourceExhaustedError):
            yield {"refused": "takes more memory than the trainer may use"}
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            of_network = isinstance(request, dict) and request.get("do") in ("train", "influence")
            yield {"refused": f"fails: {why.splitlines()[0][:300]}"} if of_network else {"fault": why[:2000]}


def _answer(programs: Programs, request: dict[str, Any]) -> dict[str, Any]:
    match request["do"]:
        case "train":
            run = programs.train(JOB.validate_python(request["job"]))
            return {"run": encode_run(run), "compiled": programs.compiled}
        case "survey":
            data, recipe = make_data(DATA.validate_python(request["data"])), RECIPE.validate_python(request["recipe"])
            pictures = Pictures(data, recipe)
            return {"floors": floors(data, recipe), "axis": pictures.axis(), "heads": pictures.heads()}
        case "measure":
            return measure(make_data(DATA.validate_python(request["data"])))
        case "describe":
            return {"network": describe(decode_graph(request["graph"]))}
        case "influence":
            return {"moves": influence(decode_graph(request["graph"]))}
        case "nothing":
            return {}
        case unknown:
            return {"fault": f"nothing is called {unknown!r}"}


def _limit_memory(megabytes: int) -> None:
    """Limit what this process may allocate, if the platform can."""
    with suppress(ImportError, OSError, ValueError):
        resource = import_module("resource")  # Windows has none
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 2**20, megabytes * 2**20))


if __name__ == "__main__":
    main()
