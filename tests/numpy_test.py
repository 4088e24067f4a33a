#!/usr/bin/env python3
"""Holds the archives of `slide export` to docs/file_format.md: trains a small
network, exports it, and scores samples from the arrays as `slide predict` does.
Reads them with NumPy where it is installed, which it says, and otherwise with
Python's own zipfile.

usage: numpy_test.py COMMAND...
COMMAND...: the slide command, behind an emulator where it needs one.
"""
import array
import ast
import json
import math
import os
import subprocess
import sys
import tempfile
import zipfile

TYPES = {"<f4": "f", "<u4": "I", "<u8": "Q"}


def read_array(data):
    """Returns the shape and the numbers of an array in NumPy's format 1.0."""
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    size = int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10 : 10 + size].decode())
    numbers = array.array(TYPES[header["descr"]], data[10 + size :])
    assert not header["fortran_order"]
    assert len(numbers) == math.prod(header["shape"])
    return header["shape"], list(numbers)


def read_archive(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            name.removesuffix(".npy"): read_array(archive.read(name))
            if name.endswith(".npy")
            else archive.read(name)
            for name in archive.namelist()
        }


def read_by_numpy(path):
    import numpy

    with numpy.load(path) as archive:
        return {
            name: (value.shape, [x.item() for x in value.ravel()])
            if isinstance(value, numpy.ndarray)
            else value
            for name, value in ((name, archive[name]) for name in archive.files)
        }


def probabilities(arrays, sample):
    (_, width), first = arrays["input.weights"]
    hidden = list(arrays["input.bias"][1])
    scores = list(arrays["output.bias"][1])
    output = arrays["output.weights"][1]
    ends, labels, values = (
        arrays["sparse." + name][1] for name in ("indptr", "indices", "data")
    )
    for i, x in sample:
        for k in range(width):
            hidden[k] += x * first[i * width + k]
        for p in range(ends[i], ends[i + 1]):
            scores[labels[p]] += x * values[p]
    for n in range(len(scores)):
        row = output[n * width : (n + 1) * width]
        scores[n] += sum(w * max(h, 0) for w, h in zip(row, hidden))
    top = max(scores)
    exponentials = [math.exp(score - top) for score in scores]
    total = sum(exponentials)
    return [e / total for e in exponentials]


def samples(path):
    """Samples of XMC text, scaled to length 1."""
    with open(path, encoding="ascii") as lines:
        next(lines)
        for line in lines:
            pairs = [word.split(":") for word in line.split(" ")[1:]]
            sample = [(int(i), float(x)) for i, x in pairs]
            norm = math.sqrt(sum(x * x for _, x in sample))
            yield [(i, x / norm) for i, x in sample]


def main(command):
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)

        def slide(*words):
            return subprocess.run(
                [*command, *words], check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        slide("synth", path("made"), "--points", "500", "--test-points", "50",
              "--features", "200", "--labels", "600", "--quiet")
        slide("train", path("made.train.txt"), "--hidden", "8", "--epochs", "3",
              "--sparse-part", "on", "--threads", "1", "--quiet", "--model",
              path("model"))
        for weights in ("fp32", "bf16", "int8"):
            slide("export", path("model"), path(weights), "--quiet",
                  "--weights", weights)
            slide("export", path(weights), path("arrays.npz"), "--quiet")
            arrays = read_archive(path("arrays.npz"))
            try:
                assert read_by_numpy(path("arrays.npz")) == arrays
                print("numpy reads the same arrays")
            except ImportError:
                print("numpy is not installed: zipfile alone was tried")
            hidden = json.loads(arrays["options.json"])["hidden"]
            assert [layer["neurons"] for layer in hidden] == [8]
            lines = slide("predict", path(weights), path("made.test.txt"),
                          "--top-k", "600").splitlines()
            checked = 0
            for sample, line in zip(samples(path("made.test.txt")), lines):
                expected = probabilities(arrays, sample)
                for word in line.split(" "):
                    label, probability = word.split(":")
                    # Six digits are printed.
                    assert math.isclose(float(probability),
                                        expected[int(label)],
                                        rel_tol=1e-4, abs_tol=1e-12), word
                    checked += 1
            assert checked == 50 * 600, checked


main(sys.argv[1:])
