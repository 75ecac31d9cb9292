"""Modules of PyTorch that `torch.nn` has no class for."""

import torch
from torch import nn


class TiedWeights(nn.Module):
    """An embedding and an output layer that are one tensor."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, words):
        return self.head(self.embed(words))


class TransientBuffer(nn.Module):
    """A scale that is saved, and positions that are not: they can be made again."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.register_buffer("scale", torch.arange(1.0, 5.0))
        self.register_buffer("positions", torch.arange(4.0), persistent=False)

    def forward(self, x):
        return self.lin(x) * self.scale + self.positions


def weight_norm():
    """A layer whose weight is made anew, from its length and its direction, by each call."""
    return nn.utils.weight_norm(nn.Linear(4, 3))


def orthogonal():
    """A layer whose weight is computed from a tensor of any values."""
    return nn.utils.parametrizations.orthogonal(nn.Linear(4, 4))


def spectral_norm():
    """A layer whose weight is divided by its largest singular value, estimated in training."""
    return nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3))
