// The class-conditional generators of the latent MNIST experiment as the library has them (nn/networks/cnn.ts, residual-mlp.ts):
// latents [batch, 4, 4, 4], ten classes and a null class. One step is the training loop's: x_t = (1 - t) x0 + t x1, labels
// dropped where drop < 0.1, loss mean |v - (x1 - x0)|^2, gradient clipped at norm 1, Adam, moving average of the weights.
// c = silu(time embedding + label embedding); the networks in full are in peers/pytorch/generator.py.
import { convolution, linear, normalisation } from './parameters.js'

const batch = 1024
const image = [4, 4, 4]
const classes = 10

const common = {
  image,
  classes,
  dropped: 0.1,
  clip: 1,
  decay: 0.999,
}

const sized = (width) => ({ ...common, width })

/** Sinusoids as wide as the network, through two layers. */
const timeEmbedding = (width) => [...linear(width, width), ...linear(width, width)]

function cnnParameters({ width }) {
  const [channels] = image
  const block = (mix) => [
    ...linear(width, width),
    ...convolution(width, width, 3),
    ...(mix ? convolution(width, width, 1) : []),
  ]
  return [
    ...timeEmbedding(width),
    ...linear(classes + 1, width),
    ...linear(width, width),
    ...convolution(channels, width, 3),
    ...[true, true, false].flatMap(block),
    ...convolution(width, channels, 3),
  ]
}

function residualMlpParameters({ width, depth }) {
  const size = image.reduce((product, extent) => product * extent, 1)
  const block = [
    ...normalisation(width),
    ...linear(width, width),
    ...linear(width, width),
    ...linear(width, width),
  ]
  return [
    ...timeEmbedding(width),
    // The table of labels, [classes + 1, width], described as a linear weight is: transposed.
    { shape: [width, classes + 1], scale: 0.02 },
    ...linear(size, width),
    ...Array.from({ length: depth }, () => block).flat(),
    ...linear(width, size),
    ...normalisation(width),
    ...linear(width, size),
  ]
}

const kinds = {
  cnn: { network: sized(256), parameters: cnnParameters },
  'residual-mlp': { network: { ...sized(400), depth: 4 }, parameters: residualMlpParameters },
}

/** The case of one training step of a generator of about 2.32 M parameters; 59 of them are an epoch of 60,000. */
export function generatorStep(kind, stepsPerRun) {
  const { network, parameters } = kinds[kind]
  return {
    name: `generator-${kind}-b${batch}`,
    title: `Training step of the class-conditional ${kind} generator of 2.3 M parameters, batch ${batch}`,
    network: { kind, ...network },
    parameters: parameters(network),
    inputs: {
      x0: { shape: [batch, ...image], scale: 1.7 },
      x1: { shape: [batch, ...image], scale: 1.7 },
      t: { shape: [batch], scale: 0.5, offset: 0.5 },
      // The class is the integer part.
      labels: { shape: [batch], scale: 4.999, offset: 5 },
      drop: { shape: [batch], scale: 0.5, offset: 0.5 },
    },
    learningRate: 1e-3,
    stepsPerRun,
    peers: { pytorch: 'peers/pytorch/generator.py', 'pytorch-compile': 'peers/pytorch/generator.py' },
  }
}
