# SPDX-License-Identifier: BSD-3-Clause
"""Results, and Markdown tables of them."""

import json
import pathlib
import statistics
from collections.abc import Callable
from typing import NamedTuple

NOISY = 0.10


class Results:
    """Samples by figure and by what was measured. A subject can have a word instead:
    why there is no number."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[str, list[float]]] = {}
        self.words: dict[str, dict[str, str]] = {}
        self.notes: list[str] = []

    def add(self, figure: str, subject: str, *samples: float | None) -> None:
        values = self.samples.setdefault(figure, {}).setdefault(subject, [])
        values += [s for s in samples if s is not None]

    def say(self, figure: str, subject: str, word: str) -> None:
        self.words.setdefault(figure, {})[subject] = word

    def note(self, text: str) -> None:
        self.notes.append(text)

    def get(self, figure: str, subject: str) -> float | None:
        values = self.samples.get(figure, {}).get(subject)
        return statistics.median(values) if values else None

    def noise(self, figure: str, subject: str) -> float:
        """Half of what lies between the least and the most, by the median."""
        values = self.samples.get(figure, {}).get(subject, [])
        middle = self.get(figure, subject)
        return (max(values) - min(values)) / 2 / abs(middle) if middle else 0

    def cell(self, figure: str, subject: str, unit: str) -> str:
        value = self.get(figure, subject)
        if value is None:
            return self.words.get(figure, {}).get(subject, "-")
        noise = self.noise(figure, subject)
        return number(value, unit) + (f" ±{noise:.0%}" if noise > NOISY else "")


def number(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value:.3f}" if value < 1 else f"{value:.2f}"
    if unit in ("MB", "ms", "us"):
        return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"
    return f"{value:,.0f}"


def ratio(a: float | None, b: float | None) -> str:
    return f"{a / b:.4g}" if a is not None and b else ""


class Figure(NamedTuple):
    key: str
    title: str
    unit: str  # s, ms, us, MB, or "" for whole numbers
    bar: str = ""
    # From the medians by subject to whether the bar is met.
    met: Callable[[dict[str, float]], bool] | None = None


class Table(NamedTuple):
    title: str
    columns: list[tuple[str, str]]  # subject and heading
    ratios: list[tuple[str, str]]   # subjects
    figures: list[Figure]


def _met(figure: Figure, results: Results, subjects: list[str]) -> str:
    values = {s: results.get(figure.key, s) for s in subjects}
    if figure.met is None:
        return ""
    try:
        return "yes" if figure.met(values) else "**no**"
    except TypeError:  # something that it needs was not measured
        return "?"


def render(table: Table, results: Results) -> str:
    figures = [f for f in table.figures
               if f.key in results.samples or f.key in results.words]
    if not figures:
        return ""
    heads = dict(table.columns)
    subjects = list(heads)
    lines = [f"### {table.title}", "",
             "| " + " | ".join(["figure", *heads.values(),
                                *(f"{heads[a]} / {heads[b]}" for a, b in table.ratios),
                                "bar", "met"]) + " |",
             "|---|" + "---:|" * (len(heads) + len(table.ratios)) + "---|---|"]
    for f in figures:
        cells = [results.cell(f.key, s, f.unit) for s in subjects]
        cells += [ratio(results.get(f.key, a), results.get(f.key, b))
                  for a, b in table.ratios]
        lines.append("| " + " | ".join(
            [f.title, *cells, f.bar, _met(f, results, subjects)]) + " |")
    return "\n".join(lines) + "\n"


def write_json(path: pathlib.Path, about: dict, everything: dict[str, Results]) -> None:
    path.write_text(json.dumps({"about": about, "results": {
        key: {"samples": r.samples, "words": r.words, "notes": r.notes}
        for key, r in everything.items()}}, indent=1) + "\n")
