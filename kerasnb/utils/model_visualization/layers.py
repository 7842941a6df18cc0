"""One level of a graph in layers: ranks, the order within a rank, and places (Sugiyama, Tagawa and Toda, 1981).

Longest paths give the ranks; edges over several ranks get a dummy node in each; sweeps towards the mean place of
neighbours reduce crossings; and places in a rank minimize squared distances to the neighbours without overlap.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable

GAP, MARGIN, TRACK = 34.0, 26.0, 9.0  # between ranks, between neighbours, between parallel lines
DUMMY = 14.0
SWEEPS = 8


@dataclasses.dataclass(frozen=True)
class Edge:
    """An edge of this level: items by their keys, and where on them it starts and ends, from their middle."""

    source: str
    target: str
    start: float = 0.0
    end: float = 0.0


@dataclasses.dataclass(frozen=True)
class Crossing:
    """How a line gets from one rank to the next: down, across at `track`, and down."""

    x: float
    y: float
    track: float
    end_x: float
    end_y: float

    def moved(self, dx: float, dy: float) -> Crossing:
        """The same at another place."""
        return Crossing(self.x + dx, self.y + dy, self.track + dy, self.end_x + dx, self.end_y + dy)


@dataclasses.dataclass
class Arrangement:
    """Middles of the items, crossings of the edges from top to bottom, and the extent of all."""

    places: dict[str, tuple[float, float]]
    routes: dict[Edge, list[Crossing]]
    width: float
    height: float


def arrange(
    sizes: dict[str, tuple[float, float]], edges: Iterable[Edge], tops: set[str] = frozenset(),  # type: ignore[assignment]
    bottoms: set[str] = frozenset(),  # type: ignore[assignment]
) -> Arrangement:  # fmt: skip
    """Places the items of one level, from top to bottom along the edges.

    Args:
        sizes: Width and height of each item.
        edges: The edges; those of an item to itself have no route.
        tops: The items that stand in a rank of their own above all others.
        bottoms: The same below.
    """
    edges = list(dict.fromkeys(e for e in edges if e.source != e.target))
    turned = _back_edges(sizes, edges)
    down = {e: Edge(e.target, e.source, e.end, e.start) if e in turned else e for e in edges}
    level = _Level(sizes, list(down.values()), tops, bottoms)
    level.order()
    level.place()
    routes = level.routes()
    return Arrangement(level.middles(), {e: routes[d] for e, d in down.items()}, level.width, level.height)


def _back_edges(keys: Iterable[str], edges: list[Edge]) -> set[Edge]:
    """The edges to turn around so that there are no cycles."""
    after: dict[str, list[Edge]] = {key: [] for key in keys}
    for edge in edges:
        after[edge.source].append(edge)
    turned: set[Edge] = set()
    done: set[str] = set()
    running: set[str] = set()
    for root in after:
        tasks: list = [(root, iter(after[root]))] if root not in done else []
        running |= {root} if tasks else set()
        while tasks:
            key, rest = tasks[-1]
            e: Edge | None = next(rest, None)
            if e is None:
                tasks.pop()
                running.discard(key)
                done.add(key)
            elif e.target in running:
                turned.add(e)
            elif e.target not in done:
                running.add(e.target)
                tasks.append((e.target, iter(after[e.target])))
    return turned


class _Level:
    """The items of one level with the dummies of long edges."""

    def __init__(
        self, sizes: dict[str, tuple[float, float]], edges: list[Edge], tops: set[str], bottoms: set[str]
    ) -> None:  # fmt: skip
        self.sizes, self.edges = dict(sizes), edges
        self.rank = _ranks(list(sizes), edges, tops, bottoms)
        self.chains: dict[Edge, list[str]] = {}
        self.ranks: list[list[str]] = [[] for _ in range(1 + max(self.rank.values(), default=0))]
        for key in sizes:
            self.ranks[self.rank[key]].append(key)
        self.parts: list[Edge] = []  # edges between neighbouring ranks
        for number, e in enumerate(edges):
            self._split(e, number)
        self.above: dict[str, list[tuple]] = {key: [] for key in self.sizes}
        self.below: dict[str, list[tuple]] = {key: [] for key in self.sizes}
        self.by_rank: dict[int, list[Edge]] = {}
        for part in self.parts:
            self.by_rank.setdefault(self.rank[part.source], []).append(part)
            source_counts, target_counts = _weights(part.source in sizes, part.target in sizes)
            self.above[part.target].append((part.source, part.start - part.end, source_counts))
            self.below[part.source].append((part.target, part.end - part.start, target_counts))
        self.x: dict[str, float] = {}
        self.width = self.height = 0.0

    def _split(self, e: Edge, number: int) -> None:
        """Puts dummies into the ranks that an edge passes."""
        chain = [e.source]
        for rank in range(self.rank[e.source] + 1, self.rank[e.target]):
            key = f"dummy_{number}_{rank}"
            self.sizes[key], self.rank[key] = (DUMMY, 0.0), rank
            self.ranks[rank].append(key)
            chain.append(key)
        chain.append(e.target)
        self.chains[e] = chain
        last = len(chain) - 2
        for i, (a, b) in enumerate(itertools.pairwise(chain)):
            self.parts.append(Edge(a, b, e.start if i == 0 else 0.0, e.end if i == last else 0.0))

    # --- order

    def order(self) -> None:
        """Orders the items of each rank so that few edges cross."""
        best, fewest = [list(r) for r in self.ranks], self._crossings()
        for sweep in range(SWEEPS):
            if fewest == 0:
                break
            indices = range(len(self.ranks))
            for i in indices if sweep % 2 == 0 else reversed(indices):
                self._sort(i, self.above if sweep % 2 == 0 else self.below)
            self._swap()
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(r) for r in self.ranks], crossings
        self.ranks = best

    def _sort(self, i: int, neighbours: dict) -> None:
        at = {key: n for rank in self.ranks for n, key in enumerate(rank)}

        def mean(key: str) -> float:
            places = [at[other] for other, *_ in neighbours[key]]
            return sum(places) / len(places) if places else at[key]

        self.ranks[i].sort(key=mean)

    def _swap(self) -> None:
        """Swaps neighbours where that helps."""
        for i, rank in enumerate(self.ranks):
            for n in range(len(rank) - 1):
                before = self._crossings_at(i - 1) + self._crossings_at(i)
                rank[n], rank[n + 1] = rank[n + 1], rank[n]
                if self._crossings_at(i - 1) + self._crossings_at(i) >= before:
                    rank[n], rank[n + 1] = rank[n + 1], rank[n]

    def _crossings(self) -> int:
        return sum(map(self._crossings_at, range(len(self.ranks))))

    def _crossings_at(self, i: int) -> int:
        """How many pairs of edges cross between a rank and the next one."""
        if not 0 <= i < len(self.ranks) - 1:
            return 0
        at = {key: n for rank in self.ranks[i : i + 2] for n, key in enumerate(rank)}
        pairs = sorted(((at[p.source], p.start), (at[p.target], p.end)) for p in self.by_rank.get(i, ()))
        return sum(b2 < b1 and a1 != a2 for n, (a1, b1) in enumerate(pairs) for a2, b2 in pairs[n + 1 :])

    # --- places

    def place(self) -> None:
        """Finds the place of each item along its rank."""
        for rank in self.ranks:
            self._settle(rank, lambda key: (0.0, 1.0))
        count = len(self.ranks)
        for sweep in range(2 * SWEEPS):
            sides: list[dict] = [self.above] if sweep % 2 == 0 else [self.below]
            sides = [self.above, self.below] if sweep >= SWEEPS else sides
            for i in range(count) if sweep % 2 == 0 else range(count - 1, -1, -1):
                self._settle(self.ranks[i], functools.partial(self._wanted, sides))
        left = min((self.x[key] - self.sizes[key][0] / 2 for key in self.x), default=0.0)
        self.x = {key: x - left for key, x in self.x.items()}
        self.width = max((self.x[key] + self.sizes[key][0] / 2 for key in self.x), default=0.0)

    def _wanted(self, sides: list[dict], key: str) -> tuple[float, float]:
        """Where an item would stand best, and how much that matters."""
        pulls = [(self.x[other] + offset, weight) for side in sides for other, offset, weight in side[key]]
        total = sum(weight for _, weight in pulls)
        return (sum(x * weight for x, weight in pulls) / total, total) if pulls else (self.x[key], 0.01)

    def _settle(self, rank: list[str], wanted: Callable[[str], tuple[float, float]]) -> None:
        """Places items in their order, as near to where they would stand best as they fit (isotonic regression)."""
        blocks: list[list[float]] = []  # sum of weighted wishes, weight, number of items
        shifts: list[float] = []
        shift = before = 0.0
        for key in rank:
            half = self.sizes[key][0] / 2
            shift += before + half + (MARGIN if shifts else 0.0)
            shifts.append(shift)
            before = half
            x, weight = wanted(key)
            blocks.append([(x - shift) * weight, weight, 1])
            while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
                last = blocks.pop()
                blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
        places = [total / weight for total, weight, count in blocks for _ in range(int(count))]
        self.x |= {key: at + shift for key, at, shift in zip(rank, places, shifts, strict=True)}

    # --- lines

    def routes(self) -> dict[Edge, list[Crossing]]:
        """The lines of the edges; sets the heights of the ranks."""
        tracks = [self._tracks(i) for i in range(len(self.ranks))]
        self.tops, y = [], 0.0
        for i, rank in enumerate(self.ranks):
            self.tops.append(y)
            y += max((self.sizes[key][1] for key in rank), default=0.0)
            y += GAP + TRACK * max(tracks[i].values(), default=0) if i + 1 < len(self.ranks) else 0.0
        self.height = y
        routes = {}
        for e, chain in self.chains.items():
            last = len(chain) - 2
            pairs = enumerate(itertools.pairwise(chain))
            routes[e] = [
                self._crossing(a, b, e.start if i == 0 else 0.0, e.end if i == last else 0.0, tracks)
                for i, (a, b) in pairs
            ]
        return routes

    def _crossing(self, a: str, b: str, start: float, end: float, tracks: list[dict]) -> Crossing:
        i = self.rank[a]
        y = self.tops[i] + max(self.sizes[key][1] for key in self.ranks[i])
        end_y = self.tops[i + 1]
        count = max(tracks[i].values(), default=0)
        track = (y + end_y - TRACK * count) / 2 + TRACK * tracks[i].get((a, start, b, end), 0)
        return Crossing(self.x[a] + start, y, track, self.x[b] + end, end_y)

    def _tracks(self, i: int) -> dict[tuple, int]:
        """Numbers of the lines across below a rank, so that lines of different ends do not lie on each other."""
        lines = []
        for part in self.by_rank.get(i, ()):
            low, high = sorted((self.x[part.source] + part.start, self.x[part.target] + part.end))
            if high - low > 1.0:
                lines.append((low, high, part))
        used: list[list[tuple]] = []
        found = {}
        for low, high, part in sorted(lines, key=lambda line: (line[1] - line[0], line[0])):
            number = next((n for n, others in enumerate(used) if _is_free(low, high, part, others)), len(used))
            used += [[]] if number == len(used) else []
            used[number].append((low, high, part))
            found[part.source, part.start, part.target, part.end] = number
        return found

    def middles(self) -> dict[str, tuple[float, float]]:
        """The middle of each item."""
        heights = [max((self.sizes[key][1] for key in rank), default=0.0) for rank in self.ranks]
        return {
            key: (self.x[key], self.tops[self.rank[key]] + heights[self.rank[key]] / 2)
            for key in self.sizes
            if not key.startswith("dummy_")
        }


def _weights(source_is_item: bool, target_is_item: bool) -> tuple[float, float]:
    """How much the place of a source matters to its target, and the other way round.

    Long edges are straight, and items stand below each other; where an edge passes matters least to an item.
    """
    if source_is_item and target_is_item:
        return 4.0, 4.0
    return (1.0, 1.0) if source_is_item or target_is_item else (8.0, 8.0)


def _is_free(low: float, high: float, part: Edge, others: list[tuple]) -> bool:
    """Whether a line may lie on a track: lines with a common end may share it."""
    return all(
        high < a - 4
        or low > b + 4
        or (other.source, other.start) == (part.source, part.start)
        or (other.target, other.end) == (part.target, part.end)
        for a, b, other in others
    )


def _ranks(keys: list[str], edges: list[Edge], tops: set[str], bottoms: set[str]) -> dict[str, int]:
    """The rank of each item: after all items it depends on; those that depend on nothing, just before they are used."""
    before: dict[str, list[str]] = {key: [] for key in keys}
    after: dict[str, list[str]] = {key: [] for key in keys}
    for e in edges:
        before[e.target].append(e.source)
        after[e.source].append(e.target)
    open_count = {key: len(before[key]) for key in keys}
    rank = {key: 0 if key in tops else bool(tops) for key in keys}
    ready = [key for key in keys if not open_count[key]]
    for key in ready:  # grows
        for other in after[key]:
            rank[other] = max(rank[other], rank[key] + 1)
            open_count[other] -= 1
            if not open_count[other]:
                ready.append(other)
    for key in keys:
        if not before[key] and after[key] and key not in tops:
            rank[key] = min(rank[other] for other in after[key]) - 1
    last = 1 + max((rank[key] for key in keys if key not in bottoms), default=0)
    return {key: last if key in bottoms else int(rank[key]) for key in keys}
