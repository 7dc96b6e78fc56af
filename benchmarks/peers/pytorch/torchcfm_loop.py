"""The loop of TorchCFM's 2-D example, with the package's own matcher, network and data.

Peer "torchcfm" uses the package's source sampler, which builds its points one by one; "torchcfm-vectorised" draws
the same distribution in one indexing operation.
"""

import torch
from torchcfm.conditional_flow_matching import ConditionalFlowMatcher
from torchcfm.models.models import MLP
from torchcfm.utils import sample_8gaussians, sample_moons

ANGLES = torch.arange(8) * torch.pi / 4
CENTRES = 5 * torch.stack([ANGLES.cos(), ANGLES.sin()], dim=1)


def sample_8gaussians_vectorised(n):
    return CENTRES[torch.randint(8, (n,))] + 0.1**0.5 * torch.randn(n, 2)


class Loop:
    def __init__(self, case, source):
        self.batch, self.source = case["batch"], source
        self.model = MLP(dim=2, w=case["network"]["width"], time_varying=True)
        self.matcher = ConditionalFlowMatcher(sigma=case["sigma"])
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=case["learningRate"])

    def step(self):
        self.optimizer.zero_grad()
        x0, x1 = self.source(self.batch), sample_moons(self.batch)
        t, xt, ut = self.matcher.sample_location_and_conditional_flow(x0, x1)
        vt = self.model(torch.cat([xt, t[:, None]], dim=-1))
        loss = torch.mean((vt - ut) ** 2)
        loss.backward()
        self.optimizer.step()


def create(case, peer):
    return Loop(case, sample_8gaussians if peer == "torchcfm" else sample_8gaussians_vectorised)
