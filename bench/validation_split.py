#!/usr/bin/env python3
"""Holds a part of a training set in XMC text out, to choose settings on.

validation_split.py TRAIN PREFIX writes PREFIX.train.txt and PREFIX.valid.txt.
With --groups, neighbouring lines that share words (Jaccard index of their
features above 0.15) stay together, as do packages of one source in
debian-deps, whose test set is split by source.
"""
import argparse
import gzip
import random


def read_lines(path):
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rt") as file:
        header = file.readline().split()
        return header, file.read().splitlines()


def features(line):
    return {word.split(":")[0] for word in line.split() if ":" in word}


def groups_of(lines, together):
    """Lists of line numbers."""
    groups, previous = [], None
    for i, line in enumerate(lines):
        current = features(line) if together else None
        if together and previous is not None:
            shared = len(current & previous)
            if shared > 0.15 * len(current | previous):
                groups[-1].append(i)
                previous = current
                continue
        groups.append([i])
        previous = current
    return groups


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("prefix")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--groups", action="store_true")
    options = parser.parse_args()
    header, lines = read_lines(options.train)
    groups = groups_of(lines, options.groups)
    random.Random(options.seed).shuffle(groups)
    wanted = options.share * len(lines)
    held_out = set()
    for group in groups:
        if len(held_out) >= wanted:
            break
        held_out.update(group)
    for name, numbers in (
            ("train", [i for i in range(len(lines)) if i not in held_out]),
            ("valid", sorted(held_out))):
        with open(f"{options.prefix}.{name}.txt", "w") as file:
            file.write(f"{len(numbers)} {header[1]} {header[2]}\n")
            file.writelines(lines[i] + "\n" for i in numbers)


if __name__ == "__main__":
    main()
