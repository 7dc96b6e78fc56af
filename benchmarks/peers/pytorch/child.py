"""A child process: one PyTorch implementation of one case; mirrors harness/child.js and harness/measure.js."""

import importlib
import json
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
MEGABYTE = 2**20


def peak_bytes():
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident_bytes():
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return peak_bytes()


def timed(implementation, steps):
    start, used = time.perf_counter(), time.process_time()
    for _ in range(steps):
        implementation.step()
    return [1000 * seconds / steps for seconds in (time.perf_counter() - start, time.process_time() - used)]


def medians(times):
    ms, cpu_ms = (statistics.median(column) for column in zip(*times))
    return {"ms": ms, "cpuMs": cpu_ms, "runs": len(times)}


def measure(implementation, steps_per_run, protocol):
    first = [timed(implementation, 1) for _ in range(protocol["checkSteps"])]
    check = implementation.check() if hasattr(implementation, "check") else None
    warm = medians(first[1:])
    if warm["ms"] > 1000 * protocol["seconds"]:
        return warm | {"check": check}

    warmup_end = time.perf_counter() + min(1, protocol["seconds"] / 4)
    for _ in range(protocol["checkSteps"], protocol["warmupSteps"]):
        if time.perf_counter() >= warmup_end:
            break
        implementation.step()
    times = []
    end = time.perf_counter() + protocol["seconds"]
    while len(times) < protocol["runs"] and (len(times) < 2 or time.perf_counter() < end):
        times.append(timed(implementation, steps_per_run))
    return medians(times) | {"check": check}


def run(job):
    case, peer = job["benchmark"], job["peer"]
    import torch

    torch.set_num_threads(job["threads"])
    module = importlib.import_module(Path(case["peers"][peer]).stem)
    imported = resident_bytes()
    result = measure(module.create(case, peer), case["stepsPerRun"], job["protocol"])
    peak = peak_bytes()
    return result | {
        "threads": job["threads"],
        "version": version(peer, torch),
        "peakMemoryMb": round((peak - imported) / MEGABYTE, 1),
        "maxRssMb": round(peak / MEGABYTE, 1),
        "importRssMb": round(imported / MEGABYTE, 1),
    }


def version(peer, torch):
    from importlib.metadata import version as installed

    packages = {"torchcfm": "torchcfm", "torchcfm-vectorised": "torchcfm", "flow-matching": "flow_matching"}
    own = f"{packages[peer]} {installed(packages[peer])}, " if peer in packages else ""
    return f"{own}torch {torch.__version__}"


if __name__ == "__main__":
    job = json.load(sys.stdin)
    try:
        line = run(job)
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        line = {"unavailable": f"{type(error).__name__}: {reason}", "threads": job["threads"]}
    print(json.dumps({"case": job["benchmark"]["name"], "peer": job["peer"], **line}), flush=True)
