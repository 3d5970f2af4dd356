"""How well the suggestion of labels learns: train on one table, try another, print the quality of each label.

`python -m bench.learning TRAIN.csv TEST.csv`: tables with a column `label`; all other columns are read as text, gaps between
Chinese characters left out. Nothing is kept.
"""

import argparse
import csv
import re
import time
from collections.abc import Iterator
from pathlib import Path

from gongzhi.knowledge import learning

GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def rows(path: Path) -> Iterator[tuple[str, str]]:
    """(text, label) of every line."""
    with path.open(encoding="utf-8-sig", newline="") as opened:
        for row in csv.DictReader(opened):
            label = row.pop("label")
            yield GAP.sub("", "\n".join(value or "" for value in row.values())), label


def main() -> None:
    """Train, try, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("train", type=Path)
    options.add_argument("test", type=Path)
    options.add_argument("--rounds", type=int, default=8)
    chosen = options.parse_args()
    texts, labels = zip(*rows(chosen.train), strict=True)
    began = time.process_time()
    model = learning.train(texts, labels, rounds=chosen.rounds)
    print(
        f"trained on {len(texts):,} texts in {time.process_time() - began:.1f} s of processor, {len(model.dump()) / 1e6:.1f} MB"
    )
    results = []
    began = time.process_time()
    for text, label in rows(chosen.test):
        best = next(iter(model.guesses(text, 1)), learning.Guess("", 0.0, ()))
        results.append((label, best.label, best.confidence))
    print(f"tried {len(results):,}, {(time.process_time() - began) / len(results) * 1000:.2f} ms each")
    found = learning.qualities(results)
    for one in found:
        print(f"{one.label}\t{one.actual}\tprecision {one.precision:.3f}\trecall {one.recall:.3f}\tF1 {one.f1:.3f}")
    print(f"macro-F1 {sum(one.f1 for one in found) / len(found):.3f}")
    for wanted in (0.9, 0.95):
        limit = learning.threshold(results, wanted)
        print(
            f"{wanted:.0%} right: speaks on {sum(sure >= limit for *_both, sure in results) / len(results):.0%} from {limit:.2f} on"
        )


if __name__ == "__main__":
    main()
