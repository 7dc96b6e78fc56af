from torch import nn
from torch.nn import functional as F

from training import Trainer


class Block(nn.Module):
    def __init__(self, network):
        super().__init__()
        width, self.heads = network["width"], network["heads"]
        inner = width * network["mlpRatio"]
        self.norm1 = nn.LayerNorm(width, network["epsilon"])
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, network["epsilon"])
        self.mlp = nn.Sequential(nn.Linear(width, inner), nn.GELU("tanh"), nn.Linear(inner, width))

    def forward(self, x):
        heads = [part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, -1)]
        x = x + self.out(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


def create(case, peer):
    return Trainer(case, Block(case["network"]), compiled=peer == "pytorch-compile")
