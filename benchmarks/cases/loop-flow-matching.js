// The two-dimensional checkerboard example of the flow_matching package, data sampling included.
export const benchmark = {
  name: 'loop-flow-matching',
  title: "Training loop of flow_matching's 2-D example: checkerboard, MLP 4 x 512 swish, batch 4096",
  network: { dimension: 2, width: 512, hiddenLayers: 4, activation: 'swish' },
  batch: 4096,
  learningRate: 1e-3,
  random: true,
  stepsPerRun: 2,
  peers: { 'flow-matching': 'peers/pytorch/flow_matching_loop.py' },
}
