"""Installs PyTorch and the flow-matching packages into the running virtual environment, with the least that imports.

PyTorch's Linux wheel on PyPI links against CUDA libraries even when it only computes on the CPU; they must be there to
be loaded. What is only used on a GPU or for writing GPU kernels is left out. torchcfm and torchdyn declare
notebooks, Lightning and torchvision, none of which the parts used here import.
"""

import subprocess
import sys
from importlib.metadata import requires

UNUSED_PACKAGES = {"triton", "cuda-bindings"}
UNUSED_EXTRAS = {"cusolver", "nvtx"}


def install(*arguments, check=True):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *arguments], check=check)


def torch_requirements():
    from pip._vendor.packaging.requirements import Requirement

    for line in requires("torch"):
        requirement = Requirement(line)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and requirement.name not in UNUSED_PACKAGES:
            requirement.extras -= UNUSED_EXTRAS
            requirement.marker = None
            yield str(requirement)


install("--no-deps", "torch")
install("numpy", *torch_requirements())
# Without these only the training-loop cases are missing.
install("scipy", "scikit-learn", "matplotlib", check=False)
install("--no-deps", "torchcfm", "torchdyn", "pot", "flow_matching", check=False)
subprocess.run([sys.executable, "-c", "import torch"], check=True)
