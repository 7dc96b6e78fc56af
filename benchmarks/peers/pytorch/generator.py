"""One training step of a class-conditional generator: flow matching, labels dropped, clipping, Adam, moving average."""

import math

import torch
from torch import nn
from torch.nn.functional import mse_loss, silu

from parameters import inputs, load


class TimeEmbedding(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        half = width // 2
        self.frequencies = 1000 * torch.exp(torch.arange(half) * (-math.log(10_000) / half))

    def forward(self, t):
        phase = t[:, None] * self.frequencies
        return self.layers(torch.cat([phase.cos(), phase.sin()], dim=1))


class ConvolutionBlock(nn.Module):
    def __init__(self, width, mix):
        super().__init__()
        self.condition = nn.Linear(width, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 1) if mix else nn.Identity()

    def forward(self, h, c):
        return h + self.conv2(silu(self.conv1(h) + self.condition(c)[:, :, None, None]))


class Cnn(nn.Module):
    def __init__(self, network):
        super().__init__()
        width, channels, classes = network["width"], network["image"][0], network["classes"] + 1
        self.time = TimeEmbedding(width)
        self.label = nn.Sequential(nn.Linear(classes, width), nn.SiLU(), nn.Linear(width, width))
        self.input = nn.Conv2d(channels, width, 3, padding=1)
        self.blocks = nn.ModuleList(ConvolutionBlock(width, mix) for mix in (True, True, False))
        self.output = nn.Conv2d(width, channels, 3, padding=1)
        self.one_hot = torch.eye(classes)

    def forward(self, x, t, labels):
        # Once a class instead of once a sample.
        c = silu(self.time(t) + nn.functional.embedding(labels, self.label(self.one_hot)))
        h = silu(self.input(x))
        for block in self.blocks:
            h = block(h, c)
        return self.output(h)


class MlpBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width)
        self.condition = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, h, c):
        return h + self.fc2(silu(self.fc1(self.norm(h)) + self.condition(c)))


class ResidualMlp(nn.Module):
    def __init__(self, network):
        super().__init__()
        width, size = network["width"], math.prod(network["image"])
        self.time = TimeEmbedding(width)
        self.label = nn.Embedding(network["classes"] + 1, width)
        self.input = nn.Linear(size, width)
        self.blocks = nn.ModuleList(MlpBlock(width) for _ in range(network["depth"]))
        self.gain = nn.Linear(width, size)
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, size)

    def forward(self, x, t, labels):
        flat = x.flatten(1)
        c = silu(self.time(t) + self.label(labels))
        h = self.input(flat)
        for block in self.blocks:
            h = block(h, c)
        return (self.output(self.norm(h)) + self.gain(c) * flat).view_as(x)


class Trainer:
    def __init__(self, case, compiled):
        self.network = case["network"]
        self.module = load({"cnn": Cnn, "residual-mlp": ResidualMlp}[self.network["kind"]](self.network), case)
        self.inputs = inputs(case)
        self.inputs["labels"] = self.inputs["labels"].long()
        self.parameters = list(self.module.parameters())
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        # Compiled, the passes of the optimizer become one by themselves.
        self.optimizer = torch.optim.Adam(self.parameters, lr=case["learningRate"], fused=not compiled)
        self.loss_of = torch.compile(self.matching_loss) if compiled else self.matching_loss
        self.update_all = torch.compile(self.update) if compiled else self.update

    def matching_loss(self, x0, x1, t, labels, drop):
        at = t[:, None, None, None]
        kept = torch.where(drop < self.network["dropped"], self.network["classes"], labels)
        return mse_loss(self.module((1 - at) * x0 + at * x1, t, kept), x1 - x0)

    @torch.no_grad()
    def update(self):
        nn.utils.clip_grad_norm_(self.parameters, self.network["clip"])
        self.optimizer.step()
        torch._foreach_lerp_(self.average, self.parameters, 1 - self.network["decay"])

    def step(self):
        self.optimizer.zero_grad()
        self.loss = self.loss_of(**self.inputs)
        self.loss.backward()
        self.update_all()

    def check(self):
        return self.loss.item()


def create(case, peer):
    return Trainer(case, compiled=peer == "pytorch-compile")
