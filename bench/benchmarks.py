#!/usr/bin/env python3
"""Makes docs/benchmarks.md: its figures and pictures.

usage: benchmarks.py [--data FOLDER] [--only NAME[,NAME...]] [options]

Each part runs slide, or other programs beside it, and leaves its figures in
bench/results/NAME.json; `page` puts the tables and pictures of all
of them into docs/. With nothing else running, on two cores, all take half an
hour; compare, peers and page are the ones to rerun after a change of speed or
accuracy.

  compare    slide, the net alone, dense, sampled and linear in one run
  crossover  the net against dense training, by labels, hidden width, active
             neurons and threads, on made-up data
  scale      670,091 labels, 200,000 samples: threads, precision, time by phase,
             and a part of an epoch of dense training
  peers      slide beside other programs (bench/peers/compare.py)
  page       docs/benchmarks.md and its pictures

  --data FOLDER   with debian-deps/ and bibtex/, each train.txt.gz and
                  test.txt.gz
  --slide FILE    the command (default build/release/bin/slide), with bench/ of
                  its build beside bin/
  --venv FOLDER   of peers, and of the pictures (default build/peers)
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
RESULTS = os.path.join(HERE, "results")
sys.path.insert(0, os.path.join(HERE, "peers"))

THREADS = "2"
METHODS = ",".join([
    "slide", "net", "dense", "sampled-uniform", "sampled-uniform-shared",
    "sampled-log-uniform", "sampled-log-uniform-shared",
    "sampled-log-uniform-shared-plain", "linear"])


def run(command):
    print(" ".join(command), file=sys.stderr)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def compare(args, train, test, *flags):
    return json.loads(run([args.slide, "compare", train, "--test", test,
                           "--json", "--quiet", *flags]))


def without_details(result):
    """A comparison without what no table or picture shows."""
    for of in result["methods"]:
        of.pop("tries", None)
        of["curve"] = [{key: at[key] for key in ("train_seconds", "p@1")}
                       for at in of.get("curve", [])]
    return result


def files(args, name):
    folder = os.path.join(args.data, name)
    return [os.path.join(folder, part) for part in
            ("train.txt.gz", "test.txt.gz")]


def run_compare(args):
    """Both real sets, with the search of rates and batch sizes."""
    nets = {"debian-deps": "128", "bibtex": "256"}
    return {name: without_details(
        compare(args, *files(args, name), "--methods", METHODS, "--hidden",
                neurons, "--epochs", "5", "--threads", THREADS, "--search", "2"))
        for name, neurons in nets.items()}


def synth(args, folder, *flags):
    prefix = os.path.join(folder, "made-up")
    run([args.slide, "synth", prefix, "--quiet", *flags])
    return prefix + ".train.txt", prefix + ".test.txt"


def run_crossover(args):
    """One factor at a time around 128 hidden neurons, 300 active, one thread.

    Of wide outputs dense training gets few samples: one epoch of it is what
    takes the time.
    """
    results = []
    plain = {"hidden": 128, "hashed": 200, "random": 100, "threads": 1}
    variants = [{}, {"hidden": 512}, {"hashed": 60, "random": 40},
                {"hashed": 700, "random": 300}, {"threads": 2}]
    for labels in (300, 1000, 3000, 10_000, 30_000, 100_000, 300_000,
                   1_000_000):
        samples = max(2048, min(40_000, 300_000_000 // labels // 10))
        with tempfile.TemporaryDirectory() as folder:
            train, test = synth(
                args, folder, "--labels", str(labels), "--features", "20000",
                "--points", str(samples), "--test-points", "100",
                "--labels-per-point", "5")
            for variant in variants:
                if variant and labels > 300_000:
                    continue
                at = plain | variant
                result = compare(
                    args, train, test, "--methods",
                    "net,dense/batch-size=64,dense/batch-size=256",
                    "--epochs", "2", "--hash", "wta", "--sparse-part", "off",
                    "--hidden", str(at["hidden"]), "--max-hashed",
                    str(at["hashed"]), "--random-negatives", str(at["random"]),
                    "--threads", str(at["threads"]), "--looks", "1")
                net, *dense = result["methods"]
                results.append(at | {
                    "labels": labels, "samples": samples,
                    "net_us": 1e6 / net["samples_per_second"],
                    "active": net["active_mean"],
                    "dense_us": min(1e6 / of["samples_per_second"]
                                    for of in dense)})
                print(results[-1], file=sys.stderr)
    return results


def step_bench(args):
    folder = os.path.dirname(args.slide)
    return os.path.join(folder, "../bench/train_step_bench")


def run_scale(args):
    """The shape of Amazon-670K (docs/hashing.md), 200,000 samples."""
    results = {"runs": []}
    # The same net for both: left open, its width depends on the samples.
    net = ["--hidden", "128", "--epochs", "1", "--sparse-part", "off"]
    with tempfile.TemporaryDirectory() as folder:
        train, test = synth(args, folder, "--points", "200000",
                            "--test-points", "2000")
        for threads in ("1", "2"):
            for precision in ("fp32", "bf16"):
                out = json.loads(run([
                    args.slide, "train", train, "--test", test, *net,
                    "--threads", threads, "--precision", precision,
                    "--json", "--quiet"]))
                results["runs"].append({"threads": int(threads),
                                        "precision": precision} | out)
        # Full batches of a part of an epoch; a sample costs the same in all.
        part, few = synth(args, folder, "--points", "2560", "--test-points",
                          "20", "--seed", "2")
        results["dense"] = [
            compare(args, part, few, "--methods", f"dense/batch-size={size}",
                    *net, "--threads", THREADS, "--looks", "1")["methods"][0]
            for size in (64, 256)]
    # One step by itself, beside the machine's bandwidth for rows.
    results["steps"] = json.loads(run([
        step_bench(args),
        "--benchmark_filter=labels_(10k|100k|670k|1m)",
        "--benchmark_format=json", "--benchmark_min_time=1",
        "--benchmark_repetitions=3", "--benchmark_enable_random_interleaving",
        "--benchmark_report_aggregates_only"]))["benchmarks"]
    return results


def run_peers(args):
    results = {}
    for name in ("debian-deps", "bibtex"):
        path = os.path.join(RESULTS, "peers.part.json")
        run([sys.executable, os.path.join(HERE, "peers/compare.py"),
             *files(args, name), "--slide", args.slide, "--venv", args.venv,
             "--runs", "3", "--json", path])
        with open(path) as file:
            results[name] = json.load(file)
        os.remove(path)
    return results


PARTS = {"compare": run_compare, "crossover": run_crossover,
         "scale": run_scale, "peers": run_peers}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--data", default=os.path.join(ROOT, "build/data"))
    parser.add_argument("--only", default="compare,crossover,scale,peers,page")
    parser.add_argument("--slide",
                        default=os.path.join(ROOT, "build/release/bin/slide"))
    parser.add_argument("--venv", default=os.path.join(ROOT, "build/peers"))
    args = parser.parse_args()
    os.makedirs(RESULTS, exist_ok=True)
    unknown = set(args.only.split(",")) - set(PARTS) - {"page"}
    if unknown:
        parser.error(f"--only: got {', '.join(unknown)}, expected "
                     f"{', '.join(PARTS)}, page")
    needed = [args.slide] if set(args.only.split(",")) - {"page"} else []
    if {"compare", "peers"} & set(args.only.split(",")):
        needed += [*files(args, "debian-deps"), *files(args, "bibtex")]
    if "scale" in args.only.split(","):
        needed.append(step_bench(args))
    for path in needed:
        if not os.path.isfile(path):
            parser.error(f"{path}: no such file")
    for name in args.only.split(","):
        if name == "page":
            run([sys.executable, os.path.join(HERE, "benchmarks_page.py"),
                 "--venv", args.venv])
            continue
        result = {
            "date": datetime.date.today().isoformat(),
            "machine": json.loads(run([args.slide, "info", "--json"])),
            "result": PARTS[name](args)}
        with open(os.path.join(RESULTS, name + ".json"), "w") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
