import torch
from torch import nn

from training import Trainer


class Velocity(nn.Module):
    """[x, t] -> width -> ... -> x with SiLU."""

    def __init__(self, network):
        super().__init__()
        dimension, width = network["dimension"], network["width"]
        widths = [dimension + 1] + [width] * network["hiddenLayers"]
        layers = [m for a, b in zip(widths, widths[1:]) for m in (nn.Linear(a, b), nn.SiLU())]
        self.layers = nn.Sequential(*layers, nn.Linear(width, dimension))

    def forward(self, x, t):
        return self.layers(torch.cat([x, t], dim=1))


def create(case, peer):
    return Trainer(case, Velocity(case["network"]), compiled=peer == "pytorch-compile")
