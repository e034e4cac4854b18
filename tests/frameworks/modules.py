"""Modules of PyTorch that the tests save; another process can import them."""

import torch


class Wide(torch.nn.Module):
    """A module with an argument, and state that is no parameter."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(4, width)
        self.norm = torch.nn.BatchNorm1d(width)
        self.drop = torch.nn.Dropout()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return `width` numbers a row."""
        return self.drop(self.norm(self.linear(rows)))


class Tied(torch.nn.Module):
    """Two layers with one tensor of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(4, 4)
        self.second = torch.nn.Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return four numbers a row."""
        return self.second(self.first(rows))


class Branching(torch.nn.Module):
    """A module whose path depends on its input, which torch.export does not take."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(4, 1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return one number a row."""
        return self.linear(rows if rows.sum() > 0 else -rows)
