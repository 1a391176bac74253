"""The two directions in which notes differ most (Pearson 1901): at once, and without any other library."""

from __future__ import annotations

import numpy as np

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Plane, Projector
from vecna_notes.types import Rows

NAME = "pca"
SUMMARY = "the two directions in which notes differ most; at once, coarse"


@hookimpl
def vecna_projectors() -> list[Offer[Projector]]:
    return [Offer(NAME, SUMMARY, Pca)]


class Pca:
    def __init__(self, options: Options) -> None:
        pass

    def project(self, rows: Rows) -> Plane:
        return principal(rows, 2)

    def place(self, rows: Rows, plane: Plane, new_rows: Rows) -> Plane:
        """By the linear map that laid `rows` out as `plane`."""
        middle, centre = rows.mean(axis=0), plane.mean(axis=0)
        turn = np.linalg.lstsq(rows - middle, plane - centre, rcond=1e-4)[0]
        return np.asarray((new_rows - middle) @ turn + centre, dtype=np.float32)


def principal(rows: Rows, components: int) -> Rows:
    """Rows along their first principal components, always so many; each points to its longer side."""
    if not len(rows):
        return np.zeros((0, components), dtype=np.float32)
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :components]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])] < 0, -1, 1)
    laid = centred @ axes
    return np.asarray(np.pad(laid, ((0, 0), (0, components - laid.shape[1]))), dtype=np.float32)
