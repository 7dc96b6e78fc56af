"""Tensors from the case's descriptions, bit for bit those of harness/parameters.js."""

import numpy as np
import torch


def hash32(value):
    """murmur3's finaliser, elementwise on uint32."""
    h = np.asarray(value, dtype=np.uint32)
    with np.errstate(over="ignore"):
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def values(description, seed):
    shape, scale = description["shape"], description["scale"]
    size = int(np.prod(shape))
    key = int(hash32(seed + 1))
    counter = (np.arange(size, dtype=np.uint64) + np.uint64(key)).astype(np.uint32)
    uniform = hash32(counter).astype(np.float64) / 2**31 - 1
    array = description.get("offset", 0) + scale * uniform
    return torch.from_numpy(array.astype(np.float32).reshape(shape))


def inputs(case):
    return {name: values(d, 1000 + i) for i, (name, d) in enumerate(case["inputs"].items())}


def load(module, case):
    """Fills the module's parameters, in definition order, from the case; linear weights are stored transposed."""
    with torch.no_grad():
        for i, (parameter, description) in enumerate(zip(module.parameters(), case["parameters"], strict=True)):
            value = values(description, i)
            parameter.copy_(value.T if value.dim() == 2 else value)
    return module
