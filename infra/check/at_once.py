#!/usr/bin/env python3
"""Runs the tests of run_*.py, as many at once as there are cores.

    infra/check/at_once.py              all
    infra/check/at_once.py Rotates      those that have this in their name

Each test is a process of its own. So each has AWS to itself, which moto keeps in the
memory of a process. The processes are forked from this one: what is imported is imported
once, and what a class of tests prepares is there for each of its tests.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import pathlib
import signal
import sys
import tempfile
import time
import unittest

FOLDER = pathlib.Path(__file__).parent


def tests(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    found = []
    for one in suite:
        found += tests(one) if isinstance(one, unittest.TestSuite) else [one]
    return found


def run(test: unittest.TestCase, printed: pathlib.Path) -> None:
    """In the process of one test."""
    with printed.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
        result = unittest.TextTestRunner(verbosity=0).run(test)
    sys.exit(0 if result.wasSuccessful() and result.testsRun == 1 else 1)


def main(wanted: list[str]) -> int:
    started = time.monotonic()
    discovered = unittest.defaultTestLoader.discover(str(FOLDER), pattern="run_*.py")
    waiting = [one for one in tests(discovered) if all(part in one.id() for part in wanted)]
    if not waiting:
        sys.exit("error: there is no such test")
    for kind in {type(one) for one in waiting}:
        kind.prepare()
    # Nothing should wait for the longest ones at the end.
    waiting.sort(key=lambda test: not getattr(test, "IS_LONG", False))
    count, failed = len(waiting), []
    running: dict[int, tuple] = {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                test = waiting.pop(0)
                printed = pathlib.Path(folder) / test.id()
                # It ends with this one.
                process = multiprocessing.Process(target=run, args=(test, printed), daemon=True)
                process.start()
                running[process.sentinel] = (process, test.id(), printed, time.monotonic())
            for sentinel in multiprocessing.connection.wait(list(running)):
                process, name, printed, since = running.pop(sentinel)
                process.join()
                outcome = "ok" if process.exitcode == 0 else "FAILED"
                print(f"{outcome:>6}  {time.monotonic() - since:5.1f} s  {name}", flush=True)
                if process.exitcode != 0:
                    failed.append(name)
                    print(printed.read_text(), flush=True)
    print(f"{count} tests in {time.monotonic() - started:.0f} s, {len(failed)} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    # As an exception, so that tests are ended and folders are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
