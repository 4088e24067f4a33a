"""Data sets in the XMC text format, and the metrics that slide prints.

A line of points is `label,label feature:value ...`, behind a first line
`samples features labels`; packed with gzip or not.
"""

import gzip

import numpy as np
import scipy.sparse as sp


def read_xmc(path, shape=None):
    """Returns (X, Y): float32 CSR with rows of length 1, and 0/1 CSR of labels.

    shape: (features, labels) of another file that this one has to fit.
    """
    features, labels = [], []
    rows, values, starts = [], [], [0]
    label_rows, label_starts = [], [0]
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        _, features, labels = map(int, file.readline().split())
        for line in file:
            head, _, rest = line.rstrip("\n").partition(" ")
            if head and ":" not in head:
                label_rows += sorted({int(word) for word in head.split(",")})
            else:
                rest = line
            label_starts.append(len(label_rows))
            for word in rest.split():
                feature, _, value = word.partition(":")
                rows.append(int(feature))
                values.append(float(value))
            starts.append(len(rows))
    if shape:
        features, labels = shape
    x = sp.csr_matrix((np.array(values, np.float32), rows, starts),
                      (len(starts) - 1, features))
    y = sp.csr_matrix((np.ones(len(label_rows), np.float32), label_rows,
                       label_starts), (len(label_starts) - 1, labels))
    norms = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    norms[norms == 0] = 1
    x = sp.diags(1 / norms).astype(np.float32).dot(x).tocsr()
    x.sort_indices()
    return x, y


def write_xmc(path, x, y):
    """Writes a set as plain text, for programs that read files."""
    with open(path, "w") as file:
        print(x.shape[0], x.shape[1], y.shape[1], file=file)
        for i in range(x.shape[0]):
            labels = y.indices[y.indptr[i]:y.indptr[i + 1]]
            span = slice(x.indptr[i], x.indptr[i + 1])
            print(",".join(map(str, labels)),
                  *(f"{f}:{v:.6g}" for f, v in zip(x.indices[span],
                                                   x.data[span])),
                  file=file)


def inverse_propensities(y, a=0.55, b=1.5):
    """1 / propensity of each label (Jain, Prabhu, Varma, KDD 2016)."""
    counts = np.asarray(y.sum(axis=0)).ravel()
    c = (np.log(y.shape[0]) - 1) * (b + 1)**a
    return 1 + c * (counts + b)**-a


def metrics(ranked, y, inverse, ks=(1, 3, 5)):
    """P@k and PSP@k of ranked labels [samples, max(ks)], -1 for none.

    A sample without labels is a miss in P@k and left out of PSP@k.
    """
    result = {}
    for k in ks:
        hits, gained, ideal = 0, 0.0, 0.0
        for i in range(y.shape[0]):
            truth = y.indices[y.indptr[i]:y.indptr[i + 1]]
            found = [label for label in ranked[i, :k]
                     if label >= 0 and label in truth]
            hits += len(found)
            if len(truth) == 0:
                continue
            gained += inverse[found].sum() / k
            ideal += np.sort(inverse[truth])[::-1][:k].sum() / k
        result[f"p@{k}"] = hits / (k * y.shape[0])
        result[f"psp@{k}"] = gained / ideal
    return result
