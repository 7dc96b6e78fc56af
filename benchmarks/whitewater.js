// Whitewater's own implementation of each case, run in a child process like any peer. An entry builds the program and returns
//   step()    one whole step of the case; its promise resolves when the result is ready
//   dispose() frees what the case holds
//   check()   optional: the loss of the last step (mean square of the samples for the sampling case), which the
//             runner compares with the peers'; parameters and inputs come from harness/parameters.js, seeds as in peers/
import * as engine from '@whitewater/tensor'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { compileSolver } from '../packages/whitewater/dist/flow/integrate.js'
import { heun } from '../packages/whitewater/dist/flow/solvers.js'
import { writeVector } from '../packages/whitewater/dist/training/groups.js'
import { adam } from '../packages/whitewater/dist/training/optimizer.js'
import { traceStep, unrolled } from '../packages/whitewater/dist/training/step.js'
import { benchmark as cnnCase } from './cases/cnn-256-b1024.js'
import { benchmark as flowMatchingCase } from './cases/loop-flow-matching.js'
import { benchmark as generatorCnnCase } from './cases/generator-cnn-b1024.js'
import { benchmark as generatorMlpCase } from './cases/generator-residual-mlp-b1024.js'
import { benchmark as torchcfmCase } from './cases/loop-torchcfm.js'
import { benchmark as largeCase } from './cases/mlp-3x256-b4096.js'
import { benchmark as smallCase } from './cases/mlp-3x64-b256.js'
import { benchmark as realNvpCase } from './cases/realnvp-64-b256.js'
import { benchmark as largeRealNvpCase } from './cases/realnvp-64-b1024.js'
import { benchmark as sampleCase } from './cases/sample-mlp-3x256-heun50.js'
import { benchmark as transformerCase } from './cases/transformer-block.js'
import { mlpParameters } from './harness/mlp.js'
import { eightGaussiansToMoons, noiseToCheckerboard } from './harness/pairs.js'
import { values } from './harness/parameters.js'
import { generator, realNvp } from './library.js'

const {
  add,
  attention,
  chunk,
  concat,
  constant,
  conv2d,
  cos,
  exp,
  gelu,
  layerNorm,
  matmul,
  maximum,
  mean,
  minimum,
} = engine
const { mul, reshape, silu, sin, square, sub, transpose } = engine

const packageJson = JSON.parse(
  readFileSync(new URL('../packages/whitewater/package.json', import.meta.url), 'utf8'),
)
export const about = { version: packageJson.version, threads: availableParallelism() }

const cpu = { device: 'cpu' }

/** Layers as the cases describe them: weight [inputs, outputs]. */
const linear = (x, weight, bias) => add(matmul(x, weight), bias)

const meanSquare = (prediction, target) => mean(square(sub(prediction, target)))

const declared = (benchmark) => (p) =>
  benchmark.parameters.map(({ shape }, i) =>
    p.parameter(`p${i}`, shape, () => values(benchmark.parameters[i], i)),
  )

/** All parameters in one flat vector, in declaration order. */
function weightsOf(parameters) {
  const flat = new Float32Array(parameters.reduce((sum, { shape }) => sum + engine.sizeOf(shape), 0))
  let offset = 0
  parameters.forEach((description, i) => {
    const part = values(description, i)
    flat.set(part, offset)
    offset += part.length
  })
  return flat
}

/** A training step as one program, state resident; `steps` of them a run. */
async function training(benchmark, batch, loss, steps = 1) {
  const traced = traceStep({ batch, loss }, { optimizer: adam(), average: false })
  const program = await engine.compile(unrolled(traced, steps), cpu)
  await writeVector(program, traced.layout, 'parameters', weightsOf(benchmark.parameters))
  return { program, numbers: (step) => [0, ...traced.rule.optimizer.numbers(step, benchmark.learningRate)] }
}

/** The case of one step on a fixed batch. `lossOf(parameters, inputs)`. */
async function trainer(benchmark, lossOf) {
  const names = Object.keys(benchmark.inputs)
  const batch = Object.fromEntries(names.map((name) => [name, { shape: benchmark.inputs[name].shape }]))
  const inputs = Object.fromEntries(names.map((name, i) => [name, values(benchmark.inputs[name], 1000 + i)]))
  const { program, numbers } = await training(benchmark, batch, (p, data) =>
    lossOf(declared(benchmark)(p), data),
  )
  let count = 0
  let loss = NaN
  return {
    async step() {
      const result = await program.run({ ...inputs, numbers: Float32Array.from(numbers(++count)) })
      loss = result.loss.data[0]
    },
    check: async () => loss,
    model: program.model,
    dispose: () => program.dispose(),
  }
}

function velocity(parameters, x, t, activation = silu) {
  let hidden = concat([x, t], 1)
  const layers = parameters.length / 2
  for (let i = 0; i < layers; i++) {
    hidden = linear(hidden, parameters[2 * i], parameters[2 * i + 1])
    if (i < layers - 1) hidden = activation(hidden)
  }
  return hidden
}

const mlpLoss = (parameters, { x, t, target }) => meanSquare(velocity(parameters, x, t), target)

const embed = (x, [w0, b0, w1, b1]) => linear(silu(linear(x, w0, b0)), w1, b1)

function sinusoids(t, count) {
  const half = count / 2
  const frequencies = Float32Array.from({ length: half }, (_, k) => Math.exp((-Math.log(10_000) * k) / half))
  const angles = mul(mul(t, 1000), constant(frequencies, [1, half]))
  return concat([cos(angles), sin(angles)], 1)
}

function cnnLoss(p, { x, t, label, target }) {
  const { hidden, sinusoids: count } = cnnCase.network
  const embedding = add(embed(sinusoids(t, count), p.slice(0, 4)), embed(label, p.slice(4, 8)))
  const convolve = (map, i) => conv2d(map, p[i], p[i + 1], { padding: 1 })
  let map = add(convolve(x, 8), reshape(embedding, [-1, hidden, 1, 1]))
  for (let i = 10; i < p.length; i += 2) map = convolve(silu(map), i)
  return meanSquare(map, target)
}

function attend(x, [weight, bias, outWeight, outBias], { width, heads }) {
  const [batch, tokens] = x.shape
  const split = chunk(linear(x, weight, bias), 3, -1)
  const [query, key, value] = split.map((part) =>
    transpose(reshape(part, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]),
  )
  const mixed = transpose(attention(query, key, value), [0, 2, 1, 3])
  return linear(reshape(mixed, [batch, tokens, width]), outWeight, outBias)
}

function transformerLoss(p, { x, target }) {
  const { network } = transformerCase
  const attended = add(x, attend(layerNorm(x, p[0], p[1], network.epsilon), p.slice(2, 6), network))
  const inner = linear(layerNorm(attended, p[6], p[7], network.epsilon), p[8], p[9])
  return meanSquare(add(attended, linear(gelu(inner, 'tanh'), p[10], p[11])), target)
}

async function sampler(benchmark) {
  const { parameters, inputs, solverSteps } = benchmark
  const tensors = parameters.map(({ shape }, i) => engine.input(`p${i}`, shape))
  const solver = await compileSolver(
    {
      field: (x, t) => velocity(tensors, x, reshape(t, [-1, 1])),
      parameters: Object.fromEntries(
        tensors.map((current, i) => [`p${i}`, { current, initial: values(parameters[i], i) }]),
      ),
      shape: inputs.x.shape,
      method: heun,
    },
    cpu,
  )
  const x0 = engine.ndarray(values(inputs.x, 1000), inputs.x.shape)
  let x = x0
  return {
    async step() {
      x = (await solver.solve(x0, { from: 0, to: 1, steps: solverSteps })).x
    },
    check: async () => x.data.reduce((sum, value) => sum + value * value, 0) / x.data.length,
    dispose: () => solver.dispose(),
  }
}

/** scale * (max(0, x) + min(0, alpha (e^x - 1))) (Klambauer et al. 2017). */
const selu = (x) =>
  mul(1.0507009873554805, add(maximum(x, 0), minimum(mul(1.6732632423543772, sub(exp(x), 1)), 0)))

/**
 * A whole training loop, data drawn on the host. As in the library's own loop several steps share a run; a run starts
 * when its last step is asked for, so that a group of steps is timed whole.
 */
async function loop({ network, batch: rows, learningRate }, { stepsPerRun, activation, fill, noise }) {
  const shape = [rows, network.dimension]
  const parameters = mlpParameters(network)
  const batch = {
    x0: { shape },
    x1: { shape },
    t: { shape: [rows, 1] },
    ...(noise > 0 && { noise: { shape } }),
  }
  const benchmark = { parameters, learningRate }
  const lossOf = (p, { x0, x1, t, noise: z }) => {
    const mean = add(mul(sub(1, t), x0), mul(t, x1))
    const xt = z ? add(mean, mul(z, noise)) : mean
    return meanSquare(velocity(declared(benchmark)(p), xt, t, activation), sub(x1, x0))
  }
  const { program, numbers } = await training(benchmark, batch, lossOf, stepsPerRun)
  const arrays = Object.fromEntries(
    Object.entries(batch).map(([name, { shape: each }]) => [
      name,
      new Float32Array(stepsPerRun * engine.sizeOf(each)),
    ]),
  )
  const stream = engine.randomStream(0)
  let count = 0
  return {
    async step() {
      if (++count % stepsPerRun !== 0) return
      fill(arrays, stream, stepsPerRun * rows)
      stream.uniform(arrays.t)
      if (arrays.noise) stream.normal(arrays.noise)
      const first = count - stepsPerRun + 1
      const each = Array.from({ length: stepsPerRun }, (_, k) => numbers(first + k)).flat()
      await program.run({ ...arrays, numbers: Float32Array.from(each) })
    },
    dispose: () => program.dispose(),
  }
}

/** @type {Record<string, () => Promise<{ step(): Promise<void>, dispose(): Promise<void>, check?(): Promise<number> }>>} */
export const cases = {
  'mlp-3x64-b256': () => trainer(smallCase, mlpLoss),
  'mlp-3x256-b4096': () => trainer(largeCase, mlpLoss),
  'cnn-256-b1024': () => trainer(cnnCase, cnnLoss),
  'transformer-block': () => trainer(transformerCase, transformerLoss),
  'realnvp-64-b256': () => realNvp(realNvpCase),
  'realnvp-64-b1024': () => realNvp(largeRealNvpCase),
  'generator-cnn-b1024': () => generator(generatorCnnCase),
  'generator-residual-mlp-b1024': () => generator(generatorMlpCase),
  'sample-mlp-3x256-heun50': () => sampler(sampleCase),
  'loop-torchcfm': () =>
    loop(torchcfmCase, {
      stepsPerRun: 4,
      activation: selu,
      fill: eightGaussiansToMoons,
      noise: torchcfmCase.sigma,
    }),
  'loop-flow-matching': () =>
    loop(flowMatchingCase, { stepsPerRun: 1, activation: silu, fill: noiseToCheckerboard, noise: 0 }),
}
