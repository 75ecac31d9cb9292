"""Modules that do what a server has to bear."""

import os
import sys
import time

import torch
from torch import nn

print("printed when the file is loaded")


class Prints(nn.Module):
    """Prints in every way that Python has."""

    def forward(self, x):
        print('{"id":1,"ok":{}}')
        sys.stdout.write("without a line end")
        sys.stdout.flush()
        os.write(1, b"\n{}\n")
        return x


class ReadsInput(nn.Module):
    """Asks its user."""

    def forward(self, x):
        return x if sys.stdin.read() == "" else x + 1


class Throws(nn.Module):
    """Works only for one row."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 2)

    def forward(self, x):
        if len(x) > 1:
            raise KeyError("two rows")
        return self.lin(x)


class PlainTable(nn.Module):
    """Keeps a table that is neither saved nor moved."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.tables = {"positions": torch.arange(4.0)}

    def forward(self, x):
        return self.lin(x) + self.tables["positions"]


class ComputesOnInit(nn.Module):
    """Registers a random table as a buffer, and forgets to save it."""

    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.randn(4), persistent=False)

    def forward(self, x):
        return x * self.table


class Everything(nn.Module):
    """Takes and returns containers, of several dtypes."""

    def forward(self, x, options):
        y = x.to(torch.bfloat16)
        return {"list": [x, (y, None)], "count": torch.tensor(3), "flag": options["flag"]}


class Ends(nn.Module):
    """Ends its process."""

    def forward(self, x):
        os._exit(3)


class Hangs(nn.Module):
    """Does not come back."""

    def forward(self, x):
        while True:
            time.sleep(0.01)
