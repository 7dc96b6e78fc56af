import torch

from mlp import Velocity
from parameters import inputs, load


class Sampler:
    def __init__(self, case, compiled):
        velocity = load(Velocity(case["network"]), case)
        self.velocity = torch.compile(velocity) if compiled else velocity
        self.start = inputs(case)["x"]
        self.steps = case["solverSteps"]

    @torch.inference_mode()
    def step(self):
        x, h = self.start, 1 / self.steps
        for i in range(self.steps):
            t = torch.full((len(x), 1), i * h)
            k1 = self.velocity(x, t)
            k2 = self.velocity(x + h * k1, t + h)
            x = x + h / 2 * (k1 + k2)
        self.samples = x

    def check(self):
        return self.samples.square().mean().item()


def create(case, peer):
    return Sampler(case, compiled=peer == "pytorch-compile")
