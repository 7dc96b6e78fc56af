"""A loop with the settings of flow_matching's 2-D checkerboard example, on that package's path."""

import torch
from flow_matching.path import AffineProbPath
from flow_matching.path.scheduler import CondOTScheduler
from torch import nn


class Swish(nn.Module):
    """As the example has it: two elementwise operations, not torch's fused SiLU."""

    def forward(self, x):
        return torch.sigmoid(x) * x


def checkerboard(n):
    x = 4 * torch.rand(n) - 2
    y = torch.rand(n) - 2 * torch.randint(2, (n,)) + x.floor() % 2
    return torch.stack([x, y], dim=1) / 0.45


class Loop:
    def __init__(self, case):
        network = case["network"]
        widths = [network["dimension"] + 1] + [network["width"]] * network["hiddenLayers"]
        layers = [m for a, b in zip(widths, widths[1:]) for m in (nn.Linear(a, b), Swish())]
        self.model = nn.Sequential(*layers, nn.Linear(network["width"], network["dimension"]))
        self.batch = case["batch"]
        self.path = AffineProbPath(scheduler=CondOTScheduler())
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=case["learningRate"])

    def step(self):
        self.optimizer.zero_grad()
        x1 = checkerboard(self.batch)
        sample = self.path.sample(t=torch.rand(self.batch), x_0=torch.randn_like(x1), x_1=x1)
        velocity = self.model(torch.cat([sample.x_t, sample.t[:, None]], dim=1))
        loss = torch.pow(velocity - sample.dx_t, 2).mean()
        loss.backward()
        self.optimizer.step()


def create(case, peer):
    return Loop(case)
