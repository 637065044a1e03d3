"""Finds the layers of a graph that feed each other; imported only where some do."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.model import Graph

Neighbours = dict[int, list[int]]


def cycles(graph: Graph, blocked: Sequence[int]) -> list[list[int]]:
    """A cycle for each group of layers that all feed each other, in the order in which the data would flow.

    `blocked` holds the layers on or behind a cycle, in the order of the file. The cycle of a group is a shortest one
    through its first layer, and begins there; the groups come in the order of the file.
    """
    readers: Neighbours = {index: [] for index in blocked}
    sources: Neighbours = {index: [] for index in blocked}
    for index in blocked:
        for port in graph.layers[index].sources:
            if port is not None and port.layer in readers:
                readers[port.layer].append(index)
                sources[index].append(port.layer)
    found = [_shortest_cycle(group, readers) for group in _groups(readers, sources)]
    return sorted(cycle for cycle in found if cycle)


def _groups(readers: Neighbours, sources: Neighbours) -> list[set[int]]:
    """The strongly connected components (Kosaraju's algorithm)."""
    grouped: set[int] = set()
    groups = []
    for index in reversed(_finished(readers)):
        if index not in grouped:
            group = _reached(index, sources, grouped)
            grouped |= group
            groups.append(group)
    return groups


def _finished(neighbours: Neighbours) -> list[int]:
    """The layers in the order in which a search in depth is done with them."""
    finished: list[int] = []
    seen: set[int] = set()
    for start in neighbours:
        if start in seen:
            continue
        seen.add(start)
        waiting = [(start, iter(neighbours[start]))]
        while waiting:
            index, rest = waiting[-1]
            following = next((neighbour for neighbour in rest if neighbour not in seen), None)
            if following is None:
                finished.append(index)
                waiting.pop()
            else:
                seen.add(following)
                waiting.append((following, iter(neighbours[following])))
    return finished


def _reached(start: int, neighbours: Neighbours, without: set[int]) -> set[int]:
    reached = {start}
    waiting = [start]
    for index in waiting:
        for neighbour in neighbours[index]:
            if neighbour not in reached and neighbour not in without:
                reached.add(neighbour)
                waiting.append(neighbour)
    return reached


def _shortest_cycle(group: set[int], readers: Neighbours) -> list[int]:
    """A shortest way from the first layer of a group back to it, without its end; empty where there is none."""
    start = min(group)
    before: dict[int, int] = {}
    waiting = [start]
    for index in waiting:
        for reader in readers[index]:
            if reader == start:
                return _way(before, start, index)
            if reader in group and reader not in before:
                before[reader] = index
                waiting.append(reader)
    return []


def _way(before: dict[int, int], start: int, end: int) -> list[int]:
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]
