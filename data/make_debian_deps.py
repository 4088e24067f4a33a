#!/usr/bin/env python3
"""Builds debian-deps: guess what a Debian package depends on from its words.

A point is one binary package of a Debian suite. Its features are the words of
its name and description, its section and the team that maintains it; its
labels are the packages named in its dependency fields. README.md describes
the result and the reasons.

Reads the package lists that apt keeps, or fetches them first (--fetch). Needs
apt and Python 3.9, nothing else. The same lists give the same texts, and with
the same zlib the same files.
"""

import argparse
import hashlib
import json
import math
import re
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

HERE = Path(__file__).resolve().parent
SUITE = "bookworm"
ARCHITECTURE = "amd64"
TEST_PERCENT = 15  # of the source packages
# How many training points make a word a feature, a dependency a label. What
# more than MAX_SHARE of them have tells little and takes much room.
MIN_WORD_POINTS = 3
MIN_LABEL_POINTS = 2
MAX_SHARE = 0.2

DEPENDENCY_FIELDS = ("Pre-Depends", "Depends", "Recommends", "Suggests")
# A maintainer that is a team, told by the address of its mailing list.
TEAM = re.compile(r"(.*?)\s*<.*@(?:[\w-]*lists[\w-]*|tracker|qa)\.")


@dataclass
class Package:
    """One binary package: the words that describe it, and what it needs."""

    name: str
    source: str
    words: Counter[str]
    needs: set[str]

    @property
    def is_test(self) -> bool:
        """The same for all packages built from one source."""
        digest = hashlib.sha256(self.source.encode()).digest()
        return int.from_bytes(digest[:8], "big") % 100 < TEST_PERCENT


@dataclass
class Point:
    """One line of the data set, ids ascending; `str` gives the line."""

    name: str
    labels: list[int]
    features: list[tuple[int, int]]

    def __str__(self) -> str:
        pairs = " ".join(f"{i}:{weight}" for i, weight in self.features)
        return ",".join(map(str, self.labels)) + " " + pairs


@dataclass
class DataSet:
    """The points of both sides, and the names of the ids."""

    train: list[Point]
    test: list[Point]
    features: list[str]
    labels: list[str]


def fetch_lists(folder: Path) -> None:
    """Fetches the lists of the system's sources, with English descriptions."""
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    options = (
        f"APT::Architecture={ARCHITECTURE}",
        f"APT::Architectures={ARCHITECTURE}",
        "Acquire::Languages=en",
        f"Dir::State::Lists={folder.resolve()}",
        "Dir::Cache::pkgcache=",  # leave the system's caches as they are
        "Dir::Cache::srcpkgcache=",
    )
    flags = [argument for option in options for argument in ("-o", option)]
    subprocess.run(["apt-get", *flags, "update"], check=True, stdout=sys.stderr)


def read_list(folder: Path, kind: str) -> bytes:
    """The unpacked bytes of the suite's list of this kind."""
    pattern = f"*_debian_dists_{SUITE}_{kind.replace('/', '_')}*"
    paths = list(folder.glob(pattern))
    if len(paths) != 1:
        sys.exit(f"{folder}: {len(paths)} lists match {pattern}, need 1; see --fetch")
    command = ["/usr/lib/apt/apt-helper", "cat-file", str(paths[0])]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def stanzas(data: bytes) -> Iterator[dict[str, str]]:
    """The paragraphs of a Debian control file, as {field: value}."""
    for paragraph in data.decode().split("\n\n"):
        fields = re.findall(r"^(\S+?):(.*(?:\n[ \t].*)*)", paragraph, re.M)
        if fields:
            yield {field: value.strip() for field, value in fields}


def read_packages(packages: bytes, translation: bytes) -> list[Package]:
    """All packages, once each; those of one source, much alike, in a row."""
    descriptions = {
        fields["Description-md5"]: fields["Description-en"]
        for fields in stanzas(translation)
    }
    result = {}
    for fields in stanzas(packages):
        name = fields["Package"]
        source = fields.get("Source", name).split()[0]
        description = descriptions[fields["Description-md5"]]
        bag = words(fields, description)
        result[name] = Package(name, source, bag, needs(fields))
    return sorted(result.values(), key=lambda package: (package.source, package.name))


def words(fields: dict[str, str], description: str) -> Counter[str]:
    """The bag of words of a package.

    A word of the description stands bare, the others carry their field:
    "python3.11-dev" gives name:python3.11, name:python and name:dev.
    """
    result = Counter(re.findall(r"[a-z][a-z0-9+#]+", description.lower()))
    name_words = set(fields["Package"].split("-"))
    name_words |= {re.split("[^a-z]", word)[0] for word in name_words}
    result.update(f"name:{word}" for word in name_words if len(word) > 1)
    result[f"section:{fields['Section']}"] = 1
    if team := TEAM.match(fields["Maintainer"]):
        result["team:" + "-".join(re.findall(r"\w+", team[1].lower()))] = 1
    return result


def needs(fields: dict[str, str]) -> set[str]:
    """The packages named in the dependency fields, alternatives included."""
    text = ",".join(fields.get(field, "") for field in DEPENDENCY_FIELDS)
    names = {re.split("[ :(]", item.strip())[0] for item in re.split("[,|]", text)}
    return names - {"", fields["Package"]}


def number(rows: list[Collection[str]], at_least: int) -> dict[str, int]:
    """Ids for what enough rows hold; the most frequent gets 0.

    The ids met most are so the shortest, which keeps the files small.
    """
    counts = Counter(name for row in rows for name in row)
    at_most = MAX_SHARE * len(rows)
    kept = [name for name, count in counts.items() if at_least <= count <= at_most]
    kept.sort(key=lambda name: (-counts[name], name))
    return {name: i for i, name in enumerate(kept)}


def make_data_set(packages: list[Package]) -> DataSet:
    """Points of the packages that have a label and a feature.

    Labels, features and weights follow from the training side alone. A word
    weighs (1 + ln tf) * ln(N / df), rounded: that costs no accuracy.
    """
    train = [package for package in packages if not package.is_test]
    label_ids = number([package.needs for package in train], MIN_LABEL_POINTS)
    train = [p for p in train if not label_ids.keys().isdisjoint(p.needs)]
    feature_ids = number([package.words for package in train], MIN_WORD_POINTS)
    df = Counter(word for package in train for word in package.words)

    def weight(word: str, tf: int) -> int:
        return round((1 + math.log(tf)) * math.log(len(train) / df[word]))

    data = DataSet([], [], list(feature_ids), list(label_ids))
    for package in packages:
        labels = sorted(label_ids[x] for x in package.needs if x in label_ids)
        features = sorted(
            (feature_ids[word], weight(word, tf))
            for word, tf in package.words.items()
            if word in feature_ids
        )
        if labels and features:
            side = data.test if package.is_test else data.train
            side.append(Point(package.name, labels, features))
    return data


def summary(data: DataSet) -> dict[str, object]:
    """Sizes, how frequent labels are, and P@k of always guessing ids 0..k-1."""
    points = {"train": data.train, "test": data.test}
    counts = Counter(i for point in data.train for i in point.labels)
    bits = sorted(Counter(count.bit_length() for count in counts.values()).items())

    def precision(k: int) -> float:
        return mean([sum(i < k for i in point.labels) / k for point in data.test])

    return {
        "points": {side: len(ps) for side, ps in points.items()},
        "features": len(data.features),
        "labels": len(data.labels),
        "features_per_point": {
            side: round(mean([len(p.features) for p in ps]), 3)
            for side, ps in points.items()
        },
        "labels_per_point": {
            side: round(mean([len(p.labels) for p in ps]), 3)
            for side, ps in points.items()
        },
        "labels_by_training_points": {f"{2 ** (b - 1)}-{2**b - 1}": n for b, n in bits},
        "popularity_precision": {k: round(precision(k), 4) for k in (1, 3, 5)},
    }


def write_data_set(data: DataSet, folder: Path) -> dict[str, str]:
    """Writes each text as .gz; returns {name: SHA-256 of the text}."""
    sizes = f"{len(data.features)} {len(data.labels)}"
    files: dict[str, Sequence[object]] = {
        "train.txt": [f"{len(data.train)} {sizes}", *data.train],
        "test.txt": [f"{len(data.test)} {sizes}", *data.test],
        "features.txt": data.features,
        "labels.txt": data.labels,
        "test-names.txt": [point.name for point in data.test],
    }
    folder.mkdir(parents=True, exist_ok=True)
    sums = {}
    for name, lines in files.items():
        text = "".join(f"{line}\n" for line in lines).encode()
        packer = zlib.compressobj(9, wbits=31)  # .gz without name and time
        (folder / f"{name}.gz").write_bytes(packer.compress(text) + packer.flush())
        sums[name] = hashlib.sha256(text).hexdigest()
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lists", type=Path, default="/var/lib/apt/lists")
    parser.add_argument("--fetch", action="store_true", help="fill --lists first")
    parser.add_argument("--out", type=Path, default=HERE / "debian-deps")
    options = parser.parse_args()

    if options.fetch:
        fetch_lists(options.lists)
    release = read_list(options.lists, "InRelease").decode()
    kinds = (f"main/binary-{ARCHITECTURE}/Packages", "main/i18n/Translation-en")
    lists = {kind: read_list(options.lists, kind) for kind in kinds}
    sums = {kind: hashlib.sha256(text).hexdigest() for kind, text in lists.items()}
    for kind, digest in sums.items():
        if f" {digest} " not in release:
            sys.exit(f"{options.lists}: {kind} does not match its InRelease")

    packages = read_packages(*lists.values())
    data = make_data_set(packages)
    report = {
        "release": dict(re.findall("^(Codename|Version|Date): (.*)$", release, re.M)),
        "lists_sha256": sums,
        "packages": len(packages),
        **summary(data),
        "text_sha256": write_data_set(data, options.out),
    }
    text = json.dumps(report, indent=2) + "\n"
    (options.out / "statistics.json").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
