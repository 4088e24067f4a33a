"""Makes docs/benchmarks.md and its pictures of bench/benchmarks_page.md and the
figures in bench/results/; benchmarks.py runs it.

A table takes the place of the lines `<!-- NAME -->` and `<!-- end -->`.
"""

import argparse
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
RESULTS = os.path.join(HERE, "results")
DOCS = os.path.join(ROOT, "docs")
IMAGES = os.path.join(DOCS, "images")
sys.path.insert(0, os.path.join(HERE, "peers"))

COLORS = ["#2f7ed8", "#e4572e", "#2ca58d", "#9b5de5", "#e0a100", "#5f6c7b",
          "#d6457f", "#3aa3b5", "#8a6d3b", "#7aa51d"]


def load(name):
    path = os.path.join(RESULTS, name + ".json")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return json.load(file)


def percents(of, name):
    return " ".join(f"{100 * of[f'{name}@{k}']:.1f}" for k in (1, 3, 5))


def seconds(value):
    if value is None:
        return "never"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def where(part):
    """Where and when the figures of a part were measured."""
    machine = part["machine"]
    products = machine.get("products", "Eigen")
    return (f"Measured on {part['date']} with version {machine['version']} on "
            f"{machine['hardware_threads']} threads of a shared "
            f"{machine['cpu'] or 'CPU'} ({machine['simd_target']}), dense "
            f"products by {products}.")


def compare_table(part, name):
    methods = part["result"][name]["methods"]
    targets = [at["precision"] for at in methods[0]["seconds_to"]]
    heads = ["", "P@1 P@3 P@5", "PSP@1 @3 @5", "s an epoch", "samples/s",
             "time a sample", "memory, MiB", "rate", "batch",
             *(f"s to {target:.2f}" for target in targets)]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for of in methods:
        if "failure" in of:
            lines.append(f"| `{of['name']}` | {of['failure']} |"
                         + " |" * (len(heads) - 2))
            continue
        cells = [f"`{of['name']}`", percents(of, "p"), percents(of, "psp"),
                 seconds(of["seconds_an_epoch"]),
                 f"{of['samples_per_second']:,.0f}",
                 f"{of['time_ratio']:.2f}",
                 f"{of['memory_bytes'] / 2**20:.0f}",
                 f"{of['learning_rate']:g}", str(of.get("batch_size", "")),
                 *(seconds(at["seconds"]) for at in of["seconds_to"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def crossover_table(part):
    rows = part["result"]
    variants = []
    for row in rows:
        key = variant_of(row)
        if key not in variants:
            variants.append(key)
    lines = ["| labels | " + " | ".join(variants) + " |",
             "|---" * (len(variants) + 1) + "|"]
    for labels in sorted({row["labels"] for row in rows}):
        cells = []
        for key in variants:
            found = [row for row in rows
                     if row["labels"] == labels and variant_of(row) == key]
            cells.append(f"{found[0]['net_us']:.1f}, "
                         f"{found[0]['dense_us']:.1f}: "
                         f"{found[0]['dense_us'] / found[0]['net_us']:.1f}"
                         if found else "")
        lines.append(f"| {labels:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def variant_of(row):
    text = f"{row['hidden']} hidden, at most {row['hashed'] + row['random']} active"
    return text + (f", {row['threads']} threads" if row["threads"] > 1 else "")


def scale_table(part):
    lines = ["| | threads | samples/s | forward, select, backward, rebuild, % "
             "| memory, MiB | P@1 |", "|---|---|---|---|---|---|"]
    for of in part["result"]["runs"]:
        phases = [of["phases"][name] for name in
                  ("forward", "select", "backward", "rebuild")]
        shares = ", ".join(f"{100 * part / sum(phases):.0f}"
                           for part in phases)
        lines.append(
            f"| slide, {of['precision']} | {of['threads']} "
            f"| {of['samples_per_second']:,.0f} | {shares} "
            f"| {of['peak_rss_bytes'] / 2**20:,.0f} | {100 * of['p@1']:.1f} |")
    for of in part["result"]["dense"]:
        if "failure" in of:
            continue
        lines.append(f"| dense, batches of {of['batch_size']}, 2,560 samples "
                     f"| 2 | {of['samples_per_second']:,.0f} | "
                     f"| {of['memory_bytes'] / 2**20:,.0f} | |")
    return "\n".join(lines)


def steps_table(part):
    """Medians of train_step_bench."""
    lines = ["| labels | precision | threads | active rows written | active "
             "| µs a sample | of the row bandwidth, GB/s |",
             "|---|---|---|---|---|---|---|"]
    rows = []
    for of in part["result"]["steps"]:
        found = re.fullmatch(r".*labels_(\d+)(k|m)/bf16:(\d)/threads:(\d)/"
                             r"floor:(\d+)/real_time_median", of["name"])
        if not found:
            continue
        number, unit, is_bf16, threads, floor = found.groups()
        labels = int(number) * (1000 if unit == "k" else 1_000_000)
        bound = (f"{100 * of['share']:.0f} % of {of['bound_GB/s']:.1f}"
                 if "share" in of else "")
        rows.append((floor == "0", int(threads), is_bf16, labels,
                     f"| {670_091 if labels == 670_000 else labels:,} | "
                     f"{'bf16' if is_bf16 == '1' else 'fp32'} | {threads} | "
                     f"{'all' if floor == '0' else 'the larger gradients'} | "
                     f"{of['active']:.0f} | {1e6 * of['sample']:.1f} | "
                     f"{bound} |"))
    return "\n".join(lines + [row[-1] for row in sorted(rows)])


def peers_table(part, name):
    from compare import table
    return table(part["result"][name])


def save(figure, name):
    figure.savefig(os.path.join(IMAGES, name + ".svg"), bbox_inches="tight",
                   metadata={"Date": None})


def draw_precision(compared, peers):
    """P@1 over seconds of training on debian-deps."""
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(figsize=(7.5, 4.2))
    shown = {"slide": "slide", "net": "slide, hidden layer alone",
             "dense": "dense", "linear": "sparse part alone",
             "sampled-log-uniform-shared": "sampled softmax"}
    for i, (method, label) in enumerate(shown.items()):
        for of in compared["result"]["debian-deps"]["methods"]:
            if of["name"] != method or not of["curve"]:
                continue
            axes.plot([at["train_seconds"] for at in of["curve"]],
                      [100 * at["p@1"] for at in of["curve"]], label=label,
                      color=COLORS[i], marker=".")
    others = {peer: of for peer, of in peers["result"]["debian-deps"].items()
              if peer != "slide" and "failure" not in of}
    for marker, (peer, of) in zip("Ds^vPX", others.items()):
        axes.plot([of["train_seconds"]], [100 * of["p@1"]], marker, label=peer,
                  color="#5f6c7b")
    axes.set(xscale="log", xlabel="seconds of training, two threads",
             ylabel="P@1, %", ylim=(50, 69))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    save(figure, "benchmarks-precision")


def draw_crossover(part):
    """Microseconds a sample over the number of labels."""
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(figsize=(7.5, 4.2))
    keys = []
    for row in part["result"]:
        if variant_of(row) not in keys:
            keys.append(variant_of(row))
    for color, key in zip(COLORS, keys):
        rows = sorted((row for row in part["result"]
                       if variant_of(row) == key),
                      key=lambda row: row["labels"])
        labels = [row["labels"] for row in rows]
        axes.plot(labels, [row["net_us"] for row in rows], color=color,
                  marker=".", label=key)
        axes.plot(labels, [row["dense_us"] for row in rows], "--",
                  color=color, marker=".")
    axes.set(xscale="log", yscale="log", xlabel="labels",
             ylabel="µs a sample; dashed: dense")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    save(figure, "benchmarks-crossover")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", default=os.path.join(ROOT, "build/peers"))
    args = parser.parse_args()
    try:
        import matplotlib
    except ImportError:  # the peers' environment has it
        from compare import enter_venv
        enter_venv(args.venv)
        import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "1"})
    os.makedirs(IMAGES, exist_ok=True)
    parts = {name: load(name) for name in ("compare", "crossover", "scale",
                                           "peers")}
    missing = [name for name, part in parts.items() if part is None]
    if missing:
        sys.exit(f"bench/results/ has nothing of {', '.join(missing)}: "
                 "docs/benchmarks.md stays as it is")
    tables = {name + "-where": where(part) for name, part in parts.items()}
    for name in ("debian-deps", "bibtex"):
        tables["compare-" + name] = compare_table(parts["compare"], name)
        tables["peers-" + name] = peers_table(parts["peers"], name)
    tables["crossover"] = crossover_table(parts["crossover"])
    tables["scale"] = scale_table(parts["scale"])
    tables["steps"] = steps_table(parts["scale"])
    draw_precision(parts["compare"], parts["peers"])
    draw_crossover(parts["crossover"])
    with open(os.path.join(HERE, "benchmarks_page.md")) as file:
        text = file.read()
    for name, table in tables.items():
        text = text.replace(f"<!-- {name} -->\n<!-- end -->", table)
    left = re.findall("<!-- (.*) -->\n<!-- end -->", text)
    assert not left, f"the template wants {left}"
    with open(os.path.join(DOCS, "benchmarks.md"), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
