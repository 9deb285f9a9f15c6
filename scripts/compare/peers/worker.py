"""What the sides of scripts/bench in Python have in common; see worker.go for what is said."""

import ctypes
import gc
import json
import os
import sys
import time

import numpy as np

job = json.loads(sys.argv[1])


def table(name, n, d):
    return np.fromfile(name, dtype=np.float64).reshape(n, d)


def status(field):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field))


def serve(work, versions):
    """Does the work each time that a line comes in, and says how long it took and what came of it."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")  # the peak counts from here
    before = status("VmRSS")
    print(json.dumps({"versions": {
        "Python": sys.version.split()[0], "numpy": np.__version__, **versions,
    }}), flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        values = work()
        seconds = time.perf_counter() - begin
        print(json.dumps({
            "seconds": seconds, "values": np.ravel(values).tolist(), "kilobytes": status("VmHWM") - before,
        }), flush=True)
    os._exit(0)
