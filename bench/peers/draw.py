"""Draw measured series as a plot with logarithmic axes: draw.py series.json picture.svg."""

import json
import sys

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt

STYLES = {"CEEX": ("#1b7f4b", 2.6, "o"), "np.sort": ("#39424e", 1.8, "s")}
OTHERS = ("#b3541e", "#5b6bb5", "#8a4f9e", "#a08a1f")


def main(series_file, picture):
    with open(series_file) as file:
        found = json.load(file)
    plt.rcParams.update(
        {"font.family": "sans-serif", "font.size": 11, "svg.fonttype": "none", "svg.hashsalt": "ceex"}
    )
    figure, axes = plt.subplots(figsize=(8, 4.8), layout="constrained")
    others = iter(OTHERS)
    for name, points in found["series"].items():
        if not points:
            continue
        sizes, seconds = [int(size) for size in points], list(points.values())
        color, width, mark = STYLES.get(name) or (next(others), 1.6, "^")
        axes.plot(sizes, seconds, color=color, linewidth=width, marker=mark, markersize=5, label=name)
        axes.annotate(
            name,
            (sizes[-1], seconds[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=color,
        )
    axes.set(xscale="log", yscale="log", xlabel=found["axis"], ylabel="seconds")
    axes.margins(x=0.16)
    axes.grid(True, which="major", color="#e3e5ea")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
