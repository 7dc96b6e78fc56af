"""One Adam step on a fixed batch, eager or compiled."""

import torch

from parameters import inputs, load


class Trainer:
    def __init__(self, case, module, compiled):
        self.module = load(module, case)
        self.inputs = inputs(case)
        self.target = self.inputs.pop("target")
        self.optimizer = torch.optim.Adam(self.module.parameters(), lr=case["learningRate"])
        self.forward = torch.compile(self.loss_of) if compiled else self.loss_of
        self.update = torch.compile(self.optimizer.step) if compiled else self.optimizer.step

    def loss_of(self):
        return torch.nn.functional.mse_loss(self.module(**self.inputs), self.target)

    def step(self):
        self.optimizer.zero_grad()
        self.loss = self.forward()
        self.loss.backward()
        self.update()

    def check(self):
        return self.loss.item()
