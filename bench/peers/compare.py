#!/usr/bin/env python3
"""Trains slide and other programs on the same files and compares them.

usage: compare.py TRAIN TEST [--run NAME[:KEY=VALUE...]]... [options]

Each runs in a process of its own, one after the other, with the same number of
threads; slide as often as --runs says, in turn with the others, and shown are
its median times and mean metrics. All predictions are measured by the same code,
which must agree with what slide says of its own. The first run makes a virtual
environment with the programs of requirements.txt, from PyPI.

  --run NAME     slide, omikuji, omikuji-shallow, pecos, one-vs-rest,
                 torch-dense, torch-sampled; behind colons options of it, for
                 slide its flags without dashes: slide:hidden=512:epochs=8
                 (default: all, with their defaults)
  --threads N    (default 2)
  --runs N       runs of slide, with the seeds 1 to N (default 1)
  --slide FILE   the command (default build/release/bin/slide)
  --venv FOLDER  (default build/peers)
  --json FILE    also write the figures here
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DEFAULTS = ["slide", "omikuji", "omikuji-shallow", "pecos", "one-vs-rest",
            "torch-dense", "torch-sampled"]


def enter_venv(folder):
    """Goes on in the virtual environment, which is made if it is not there."""
    python = os.path.join(os.path.abspath(folder), "bin", "python")
    if os.path.abspath(sys.prefix) == os.path.abspath(folder):
        return
    mark = os.path.join(folder, "complete")
    if not os.path.exists(mark):
        print(f"installing the peers in {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet",
                        "-r", os.path.join(HERE, "requirements.txt")],
                       check=True)
        open(mark, "w").close()
    os.execv(python, [python, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def timed(command, log):
    """Runs a command; returns its standard output and its peak memory."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log,
                               text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"exit code {process.returncode}")
    return out, 1024 * usage.ru_maxrss, time.perf_counter() - start


def run_slide(args, settings, seed, folder, log):
    import numpy as np
    model = os.path.join(folder, "model.slide")
    flags = [word for key, *value in settings for word in ("--" + key, *value)]
    out, _, _ = timed(
        [args.slide, "train", args.train, "--test", args.test, "--model", model,
         "--json", "--threads", str(args.threads), "--seed", str(seed),
         *flags], log)
    result = json.loads(out)
    out, _, seconds = timed(
        [args.slide, "predict", model, args.test, "--top-k", "5", "--threads",
         str(args.threads)], log)
    ranked = np.array([[int(word.split(":")[0]) for word in line.split()]
                       for line in out.splitlines()])
    return ranked, {
        "train_seconds": result["train_seconds"],
        "predict_seconds": seconds,  # with reading the model and the points
        "model_bytes": os.path.getsize(model),
        "peak_bytes": result["peak_rss_bytes"],
        "own_metrics": {key: result[key] for key in result if "@" in key},
    }


def run_peer(args, name, settings, folder, log):
    import numpy as np
    timed([sys.executable, os.path.join(HERE, "peers.py"), name, args.train,
           args.test, str(args.threads), folder,
           *("=".join(setting) for setting in settings)], log)
    with open(os.path.join(folder, "result.json")) as file:
        result = json.load(file)
    return np.load(os.path.join(folder, "ranked.npy")), result


def run_once(args, text, seed, truth, inverse):
    """Returns the figures of one run; with `failure` if it has none."""
    import data
    name, *settings = text.split(":")
    settings = [tuple(word.split("=", 1)) for word in settings]
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryFile("w+") as log:
        try:
            if name == "slide":
                ranked, result = run_slide(args, settings, seed, folder, log)
            else:
                ranked, result = run_peer(args, name, settings, folder, log)
        except RuntimeError as error:
            log.seek(0)
            last = (log.read().strip().splitlines() or [""])[-1]
            return {"failure": f"{error}: {last}"}
    result.update(data.metrics(ranked, truth, inverse))
    for key, value in result.pop("own_metrics", {}).items():
        if key in result and abs(result[key] - value) > 1e-6:
            raise SystemExit(f"{key}: slide says {value}, and its predictions "
                             f"are measured as {result[key]}")
    return result


def summary(runs):
    done = [run for run in runs if "failure" not in run]
    if not done:
        return {"failure": runs[0]["failure"]}
    return {key: (statistics.mean if "@" in key else statistics.median)(
        run[key] for run in done) for key in done[0]}


def table(results):
    keys = ["p@1", "p@3", "p@5", "psp@1", "psp@3", "psp@5"]
    lines = ["| | P@1 P@3 P@5 | PSP@1 @3 @5 | train, s | predict, s "
             "| model, MiB | memory, MiB |",
             "|---|---|---|---|---|---|---|"]
    for name, result in results.items():
        if "failure" in result:
            lines.append(f"| {name} | {result['failure']} | | | | | |")
            continue
        cuts = [f"{100 * result[key]:.1f}" for key in keys]
        lines.append(
            f"| {name} | {' '.join(cuts[:3])} | {' '.join(cuts[3:])} "
            f"| {result['train_seconds']:.1f} "
            f"| {result['predict_seconds']:.1f} "
            f"| {result['model_bytes'] / 2**20:.0f} "
            f"| {result['peak_bytes'] / 2**20:.0f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--run", action="append")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--slide",
                        default=os.path.join(ROOT, "build/release/bin/slide"))
    parser.add_argument("--venv", default=os.path.join(ROOT, "build/peers"))
    parser.add_argument("--json")
    args = parser.parse_args()
    for path in (args.train, args.test, args.slide):
        if not os.path.isfile(path):
            sys.exit(f"{path}: no such file")
    for text in args.run or DEFAULTS:
        if text.split(":")[0] not in DEFAULTS:
            sys.exit(f"--run: got {text}, expected one of "
                     f"{', '.join(DEFAULTS)}")
    enter_venv(args.venv)
    import data
    x, y = data.read_xmc(args.train)
    _, truth = data.read_xmc(args.test, (x.shape[1], y.shape[1]))
    inverse = data.inverse_propensities(y)
    runs = {name: [] for name in args.run or DEFAULTS}
    for seed in range(1, args.runs + 1):
        for name in runs:
            if seed > 1 and not name.startswith("slide"):
                continue
            runs[name].append(run_once(args, name, seed, truth, inverse))
            print(name, runs[name][-1], file=sys.stderr)
    results = {name: summary(of) for name, of in runs.items()}
    if args.json:
        with open(args.json, "w") as file:
            json.dump(results, file, indent=1)
    print(table(results))
    if all("failure" in result for result in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
