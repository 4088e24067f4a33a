"""Trains one program on a data set and predicts another; run by compare.py.

usage: peers.py NAME TRAIN TEST THREADS FOLDER [KEY=VALUE ...]

Reads files that data.py wrote. Leaves in FOLDER `ranked.npy`, the best five
labels of each test sample, and `result.json`: seconds to train and to predict,
bytes of the model, the peak of resident memory. Reading data is not timed, as
with slide.
"""

import copy
import json
import os
import resource
import sys
import time

import numpy as np

import data

TOP = 5


def size_of(path):
    """Bytes of a file, or of all files in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names)


def best_of(scores):
    """The columns of the largest scores of each row of a CSR matrix."""
    ranked = np.full((scores.shape[0], TOP), -1)
    for i in range(scores.shape[0]):
        span = slice(scores.indptr[i], scores.indptr[i + 1])
        order = np.argsort(-scores.data[span], kind="stable")[:TOP]
        ranked[i, :len(order)] = scores.indices[span][order]
    return ranked


class Timer:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.start


def omikuji(job, **settings):
    """Bonsai-like trees of linear models; settings: of its hyper-parameters."""
    import omikuji as library
    options = library.Model.default_hyper_param()
    for key, value in settings.items():
        setattr(options, key, value)
    path = os.path.join(job.folder, "train.txt")
    data.write_xmc(path, job.x, job.y)
    with Timer() as training:  # it has no way around reading the file itself
        model = library.Model.train_on_data(path, options,
                                            n_threads=job.threads)
    model.save(job.model)
    rows = [list(zip(job.test_x.indices[a:b].tolist(),
                     job.test_x.data[a:b].tolist()))
            for a, b in zip(job.test_x.indptr, job.test_x.indptr[1:])]
    ranked = np.full((len(rows), TOP), -1)
    with Timer() as predicting:
        for i, row in enumerate(rows):
            best = model.predict(row, top_k=TOP)
            ranked[i, :len(best)] = [label for label, _ in best]
    return ranked, training, predicting


def omikuji_shallow(job):
    return omikuji(job, cluster_balanced=False, cluster_k=100, max_depth=3)


def pecos(job):
    """PECOS XR-Linear with its defaults."""
    from pecos.xmc import Indexer, LabelEmbeddingFactory
    from pecos.xmc.xlinear.model import XLinearModel
    with Timer() as training:
        vectors = LabelEmbeddingFactory.create(job.y, job.x, method="pifa")
        chain = Indexer.gen(vectors, threads=job.threads)
        model = XLinearModel.train(job.x, job.y, C=chain, threads=job.threads)
    model.save(job.model)
    with Timer() as predicting:
        scores = model.predict(job.test_x, only_topk=TOP, threads=job.threads)
    return best_of(scores.tocsr()), training, predicting


def one_vs_rest(job):
    """LibMultiLabel's one-vs-rest; its weights are dense."""
    import pickle
    import libmultilabel.linear as linear
    weights = 8 * (job.x.shape[1] + 1) * job.y.shape[1]
    if weights > 2**31:
        raise MemoryError(f"its dense weights would take {weights / 2**30:.0f} "
                          "GiB")
    with Timer() as training:
        model = linear.train_1vsrest(job.y, job.x, False, f"-m {job.threads}")
    with open(job.model, "wb") as file:
        pickle.dump(model, file)
    with Timer() as predicting:
        scores = np.asarray(linear.predict_values(model, job.test_x))
        ranked = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    return ranked, training, predicting


def torch_batches(job, size, seed):
    """The samples with labels in a new order, `size` at a time."""
    rows = np.flatnonzero(np.diff(job.y.indptr))
    order = np.random.default_rng(seed).permutation(rows)
    for begin in range(0, len(order), size):
        yield order[begin:begin + size]


def torch_net(job, negatives=0, hidden=128, epochs=5, rate=0.0, size=256):
    """As train_torch; without a rate the best of four, by two epochs on nine
    tenths of the training set and P@1 on the others, which is not timed.
    """
    if rate == 0.0:
        rng = np.random.default_rng(0)
        held = np.zeros(job.x.shape[0], bool)
        held[rng.choice(len(held), len(held) // 10, replace=False)] = True
        part = copy.copy(job)
        part.x, part.y = job.x[~held], job.y[~held]
        part.test_x, part.test_y = job.x[held], job.y[held]

        def precision(rate):
            ranked, _, _ = train_torch(part, negatives, hidden, 2, rate, size)
            return part.test_y[np.arange(len(ranked)), ranked[:, 0]].mean()

        rate = max((0.003, 0.01, 0.03, 0.1), key=precision)
        print("rate", rate, file=sys.stderr)
    return train_torch(job, negatives, hidden, epochs, rate, size)


def train_torch(job, negatives, hidden, epochs, rate, size):
    """A net of one hidden layer and a softmax over all labels, each label of a
    sample with the target 1 / labels; or over `negatives` labels that are drawn
    for a batch with the probability of their rank (log-uniform) and corrected
    by logQ, beside the labels of the sample.
    """
    import torch
    from torch import nn
    torch.set_num_threads(job.threads)
    torch.manual_seed(1)
    num_labels = job.y.shape[1]

    def bags(x, rows):
        part = x[rows]
        return (torch.from_numpy(part.indices.astype(np.int64)),
                torch.from_numpy(part.indptr[:-1].astype(np.int64)),
                torch.from_numpy(part.data))

    first = nn.EmbeddingBag(job.x.shape[1], hidden, mode="sum", sparse=True)
    nn.init.normal_(first.weight, std=hidden**-0.5)
    bias = nn.Parameter(torch.zeros(hidden))
    rows_of_labels = nn.Embedding(num_labels, hidden, sparse=negatives > 0)
    nn.init.normal_(rows_of_labels.weight, std=hidden**-0.5)
    offsets = nn.Embedding(num_labels, 1, sparse=negatives > 0)
    nn.init.zeros_(offsets.weight)
    sparse = [first.weight]
    dense = [bias]
    (sparse if negatives else dense).extend([rows_of_labels.weight,
                                             offsets.weight])
    optimizers = [torch.optim.SparseAdam(sparse, lr=rate),
                  torch.optim.Adam(dense, lr=rate)]
    counts = np.asarray(job.y.sum(axis=0)).ravel()
    by_rank = torch.from_numpy(np.argsort(-counts, kind="stable").copy())
    rank_of = torch.empty_like(by_rank)
    rank_of[by_rank] = torch.arange(num_labels)
    ranks = torch.arange(num_labels, dtype=torch.float64)
    chance = torch.log1p(1 / (ranks + 1)) / np.log(num_labels + 1)

    def forward(x, rows):
        ids, starts, values = bags(x, rows)
        return torch.relu(first(ids, starts, per_sample_weights=values) + bias)

    def loss_of(rows):
        h = forward(job.x, rows)
        part = job.y[rows]
        lengths = np.diff(part.indptr)
        sample = torch.from_numpy(np.repeat(np.arange(len(rows)), lengths))
        label = torch.from_numpy(part.indices.astype(np.int64))
        share = torch.from_numpy(
            np.repeat(1 / lengths, lengths).astype(np.float32))
        if not negatives:
            logits = h @ rows_of_labels.weight.T + offsets.weight.T
            log_sums = torch.logsumexp(logits, dim=1)
            hits = logits[sample, label]
            return (log_sums.sum() - (share * hits).sum()) / len(rows)
        drawn = by_rank[torch.multinomial(chance, negatives, replacement=True)]
        drawn = torch.unique(drawn)

        def log_q(labels):
            p = chance[rank_of[labels]]
            return torch.log(-torch.expm1(negatives * torch.log1p(-p))).float()

        logits = h @ rows_of_labels(drawn).T + offsets(drawn).T - log_q(drawn)
        # A label of the sample is no negative of it.
        place = torch.full((num_labels,), -1)
        place[drawn] = torch.arange(len(drawn))
        is_drawn = place[label] >= 0
        mask = torch.zeros_like(logits, dtype=torch.bool)
        mask[sample[is_drawn], place[label[is_drawn]]] = True
        logits = logits.masked_fill(mask, float("-inf"))
        hits = ((h[sample] * rows_of_labels(label)).sum(1)
                + offsets(label)[:, 0] - log_q(label))
        top = torch.maximum(logits.max(1).values.detach(), torch.full(
            (len(rows),), -1e30).scatter_reduce(0, sample, hits.detach(),
                                                "amax"))
        sums = torch.exp(logits - top[:, None]).sum(1)
        sums = sums.scatter_add(0, sample, torch.exp(hits - top[sample]))
        return ((top + torch.log(sums)).sum()
                - (share * hits).sum()) / len(rows)

    with Timer() as training:
        steps = epochs * -(-job.y.shape[0] // size)
        schedules = [torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.02, steps)
                     for o in optimizers]
        for epoch in range(epochs):
            for rows in torch_batches(job, size, epoch):
                for optimizer in optimizers:
                    optimizer.zero_grad()
                loss_of(rows).backward()
                for optimizer, schedule in zip(optimizers, schedules):
                    optimizer.step()
                    schedule.step()
    torch.save([first.weight, bias, rows_of_labels.weight, offsets.weight],
               job.model)
    ranked = np.empty((job.test_x.shape[0], TOP), np.int64)
    with Timer() as predicting, torch.no_grad():
        for begin in range(0, len(ranked), size):
            rows = np.arange(begin, min(begin + size, len(ranked)))
            logits = (forward(job.test_x, rows) @ rows_of_labels.weight.T
                      + offsets.weight.T)
            ranked[rows] = torch.topk(logits, TOP, dim=1).indices.numpy()
    return ranked, training, predicting


def torch_dense(job, **settings):
    return torch_net(job, **settings)


def torch_sampled(job, **settings):
    return torch_net(job, **({"negatives": 1000} | settings))


PEERS = {
    "omikuji": omikuji,
    "omikuji-shallow": omikuji_shallow,
    "pecos": pecos,
    "one-vs-rest": one_vs_rest,
    "torch-dense": torch_dense,
    "torch-sampled": torch_sampled,
}


class Job:
    """A data set and where to put what is made of it."""

    def __init__(self, train, test, threads, folder):
        self.x, self.y = data.read_xmc(train)
        self.test_x, self.test_y = data.read_xmc(
            test, (self.x.shape[1], self.y.shape[1]))
        self.threads = threads
        self.folder = folder
        self.model = os.path.join(folder, "model")


def number(text):
    return float(text) if "." in text or "e" in text else int(text)


def main():
    name, train, test, threads, folder, *settings = sys.argv[1:]
    job = Job(train, test, int(threads), folder)
    settings = {key: number(value) for key, value in
                (word.split("=") for word in settings)}
    ranked, training, predicting = PEERS[name](job, **settings)
    np.save(os.path.join(folder, "ranked.npy"), ranked)
    with open(os.path.join(folder, "result.json"), "w") as file:
        json.dump({
            "train_seconds": training.seconds,
            "predict_seconds": predicting.seconds,
            "model_bytes": size_of(job.model),
            "peak_bytes":
                1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }, file)


if __name__ == "__main__":
    main()
