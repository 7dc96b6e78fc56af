import math

import torch
from torch import nn

from training import Trainer


class Generator(nn.Module):
    def __init__(self, network):
        super().__init__()
        hidden, channels, self.sinusoids = network["hidden"], network["channels"], network["sinusoids"]
        embed = lambda width: nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        self.time, self.label = embed(self.sinusoids), embed(network["classes"])
        widths = [channels] + [hidden] * (network["layers"] - 1) + [channels]
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))

    def forward(self, x, t, label):
        half = self.sinusoids // 2
        angles = 1000 * t * torch.exp(torch.arange(half) * (-math.log(10_000) / half))
        embedding = self.time(torch.cat([angles.cos(), angles.sin()], dim=1)) + self.label(label)
        x = self.convolutions[0](x) + embedding[:, :, None, None]
        for convolution in self.convolutions[1:]:
            x = convolution(nn.functional.silu(x))
        return x


def create(case, peer):
    return Trainer(case, Generator(case["network"]), compiled=peer == "pytorch-compile")
