#!/usr/bin/env python3
"""Holds the F1, precision, recall and accuracy of `slide evaluate` to those of
scikit-learn for the same label sets. Where that is not installed it says so and
ends with 77, which ctest reports as skipped.

usage: sklearn_test.py COMMAND...
COMMAND...: the slide command, behind an emulator where it needs one.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

LABELS, FEATURES = 12, 12


def run(*words):
    return subprocess.run(
        [*sys.argv[1:], *words], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def write_data(path, num, most, draw):
    """Samples whose features tell their labels, most of the time."""
    truth = []
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{num} {FEATURES} {LABELS}\n")
        for _ in range(num):
            # Label 0 is never drawn, low ones are rare.
            labels = {max(draw.randrange(1, LABELS), draw.randrange(1, LABELS))
                      for _ in range(draw.randint(1, most))}
            features = {draw.randrange(FEATURES) if draw.random() < 0.3 else y
                        for y in labels}
            file.write(",".join(map(str, sorted(labels))) + " "
                       + " ".join(f"{f}:1" for f in sorted(features)) + "\n")
            truth.append(labels)
    return truth


def sets_of(lines):
    return [{int(word.split(":")[0]) for word in line.split()}
            for line in lines.splitlines()]


def matrix(sets):
    return [[int(label in one) for label in range(LABELS)] for one in sets]


def check(got, expected, name):
    assert abs(got - expected) < 1e-6, f"{name}: got {got}, expected {expected}"


def compare(metrics, cut, truth, sets, sklearn):
    both = matrix(truth), matrix(sets)
    # Labels without a sample and a prediction are in no mean.
    met = sorted(set().union(*truth, *sets))
    for average in ("micro", "macro"):
        for i, name in enumerate(("precision", "recall", "f1")):
            expected = sklearn.precision_recall_fscore_support(
                *both, labels=met, average=average, zero_division=0)[i]
            key = f"{average}_{name}@{cut}"
            check(metrics[key], expected, key)


def main():
    try:
        from sklearn import metrics as sklearn
    except ImportError:
        print("SKIPPED: scikit-learn (python3-sklearn) is not installed; "
              "nothing was compared with it")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        for most in (1, 3):
            draw = random.Random(most)
            write_data(at("train"), 400, most, draw)
            truth = write_data(at("test"), 200, most, draw)
            run("train", at("train"), "--loss", "sigmoid", "--epochs", "5",
                "--threads", "1", "--quiet", "--model", at("model"))
            metrics = json.loads(run(
                "evaluate", at("model"), at("test"), "--k", "1,3", "--json",
                "--threshold", "0.2", "--per-label", at("labels")))
            for k in (1, 3):
                best = sets_of(run("predict", at("model"), at("test"),
                                   "--top-k", str(k)))
                compare(metrics, k, truth, best, sklearn)
                if k == 1 and most == 1:
                    check(metrics["accuracy"], sklearn.accuracy_score(
                        [min(y) for y in truth], [min(y) for y in best]),
                        "accuracy")
            assert ("accuracy" in metrics) == (most == 1)
            above = sets_of(run("predict", at("model"), at("test"),
                                "--threshold", "0.2"))
            compare(metrics, "threshold", truth, above, sklearn)
            table = sklearn.precision_recall_fscore_support(
                matrix(truth), matrix(above), average=None, zero_division=0)
            with open(at("labels"), encoding="utf-8") as file:
                rows = [line.split("\t") for line in file.read().splitlines()]
            assert len(rows) == LABELS + 1
            for label, row in enumerate(rows[1:]):
                assert int(row[0]) == label
                check(float(row[1]), table[3][label], "support")
                for i in range(3):
                    check(float(row[3 + i]), table[i][label], rows[0][3 + i])
    print("as scikit-learn has them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
