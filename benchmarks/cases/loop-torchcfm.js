// TorchCFM's two-dimensional example, data sampling included: eight Gaussians to moons, MLP 3 x 64 with SELU.
// Peer torchcfm draws the source as the package does, point by point in Python; torchcfm-vectorised draws the same
// distribution by one indexing operation, so that the ratio is not only about that loop.
export const benchmark = {
  name: 'loop-torchcfm',
  title: "Training loop of TorchCFM's 2-D example: 8 Gaussians to moons, MLP 3 x 64 SELU, batch 256",
  network: { dimension: 2, width: 64, hiddenLayers: 3, activation: 'selu' },
  batch: 256,
  sigma: 0.1,
  learningRate: 1e-3,
  random: true,
  stepsPerRun: 20,
  peers: {
    torchcfm: 'peers/pytorch/torchcfm_loop.py',
    'torchcfm-vectorised': 'peers/pytorch/torchcfm_loop.py',
  },
}
