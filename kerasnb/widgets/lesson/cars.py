"""The cars of the lessons: 392 of them, from 1970 to 1982."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("data") / "auto_mpg.csv"
COLUMNS = {
    "mpg": "Miles_per_Gallon", "cylinders": "Cylinders", "displacement": "Displacement", "horsepower": "Horsepower",
    "weight": "Weight_in_lbs", "acceleration": "Acceleration", "year": "Year", "origin": "Origin", "name": "Name",
}  # fmt: skip


def cars() -> dict[str, np.ndarray]:
    """Loads the Auto MPG data set: cars of 1970 to 1982, and how far they drive on a gallon of fuel.

    The 14 cars of which the fuel economy or the horsepower is unknown are left out.

    Returns:
        Dict of NumPy arrays with 392 values each: `mpg`, `cylinders`, `displacement`, `horsepower`, `weight`
        (pounds), `acceleration` and `year` as float32, `origin` and `name` as text.

    Example:

    >>> import kerasnb.widgets as kw
    >>> cars = kw.cars()
    >>> len(cars["mpg"]), str(cars["name"][0]), float(cars["mpg"][0])
    (392, 'chevrolet chevelle malibu', 18.0)

    Source: R. Quinlan, "Auto MPG", UCI Machine Learning Repository, CC BY 4.0.
    """
    with open(FILE, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if all(row.values())]
    columns = {ours: [row[theirs] for row in rows] for ours, theirs in COLUMNS.items()}
    columns["year"] = [value[:4] for value in columns["year"]]
    words = ("origin", "name")
    return {n: np.array(v) if n in words else np.array(v, dtype="float32") for n, v in columns.items()}
