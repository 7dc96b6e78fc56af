// Whitewater's side of the cases whose network and training step are the library's own: entries as in whitewater.js.
import { compile, randomStream } from '@whitewater/tensor'
import { objectiveOf } from '../packages/whitewater/dist/generator/batches.js'
import { pathNamed } from '../packages/whitewater/dist/flow/paths.js'
import { predictionNamed } from '../packages/whitewater/dist/flow/prediction.js'
import { lossWeightNamed } from '../packages/whitewater/dist/flow/weight.js'
import { couplingMasks } from '../packages/whitewater/dist/nn/networks/coupling-masks.js'
import { networkNamed } from '../packages/whitewater/dist/nn/networks/registry.js'
import { negativeLogLikelihood } from '../packages/whitewater/dist/precondition/trained/real-nvp/graph.js'
import { realNvpSettings } from '../packages/whitewater/dist/precondition/trained/real-nvp/options.js'
import { writeVector } from '../packages/whitewater/dist/training/groups.js'
import { adam } from '../packages/whitewater/dist/training/optimizer.js'
import { traceStep, unrolled } from '../packages/whitewater/dist/training/step.js'
import { values } from './harness/parameters.js'

/** A description's [inputs, outputs] as the library has it, [outputs, inputs]; other shapes stay. */
function transposed(data, { shape }) {
  if (shape.length !== 2) return data
  const [rows, columns] = shape
  return data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)])
}

function weightsOf({ parameters }) {
  const parts = parameters.map((description, i) => transposed(values(description, i), description))
  const flat = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    flat.set(part, offset)
    offset += part.length
  }
  return flat
}

/** One step of an objective on fixed inputs; `decay` is the moving average's, where the rule keeps one. */
async function trainer(benchmark, { objective, rule, inputs, decay = 0 }) {
  const traced = traceStep(objective, rule)
  const program = await compile(unrolled(traced, 1), { device: 'cpu' })
  const weights = weightsOf(benchmark)
  for (const name of rule.average === false ? ['parameters'] : ['parameters', 'average'])
    await writeVector(program, traced.layout, name, weights)
  let count = 0
  let loss = NaN
  return {
    async step() {
      const numbers = [decay, ...rule.optimizer.numbers(++count, benchmark.learningRate)]
      loss = (await program.run({ ...inputs, numbers: Float32Array.from(numbers) })).loss.data[0]
    },
    check: async () => loss,
    model: program.model,
    dispose: () => program.dispose(),
  }
}

/** The flow matching step of the training loop: label dropping, clipping, Adam and the moving average. */
export function generator(benchmark) {
  const { network, inputs } = benchmark
  const { kind, width, depth, image, classes, dropped, clip, decay } = network
  const field = networkNamed({ kind, width, ...(depth && { depth }) })
  const form = { path: pathNamed({ kind: 'linear' }), prediction: predictionNamed('velocity') }
  const settings = {
    batch: inputs.x0.shape[0],
    labelDrop: dropped,
    weight: lossWeightNamed({ kind: 'uniform' }),
  }
  const given = Object.entries(inputs).map(([name, description], i) => [name, values(description, 1000 + i)])
  const arrays = Object.fromEntries(given)
  return trainer(benchmark, {
    objective: objectiveOf(field, { form, features: image, classes }, settings),
    rule: { optimizer: adam(), clip },
    inputs: { ...arrays, labels: Int32Array.from(arrays.labels) },
    decay,
  })
}

/** The library's own RealNVP objective, maximum likelihood. */
export function realNvp(benchmark) {
  const { network, inputs } = benchmark
  const { dimension, classes, couplings, width, clamp } = network
  const [rows] = inputs.x.shape
  const settings = realNvpSettings({ couplings, width, clamp }, dimension)
  const masks = couplingMasks(settings.mask, [dimension], couplings, randomStream(0))
  const flow = { settings, features: [dimension], classes, masks }
  const batch = { x: { shape: [rows, dimension] }, labels: { shape: [rows], dtype: 'int32' } }
  return trainer(benchmark, {
    objective: { batch, loss: (p, { x, labels }) => negativeLogLikelihood(p, flow, x, labels) },
    rule: { optimizer: adam(), average: false },
    inputs: { x: values(inputs.x, 1000), labels: Int32Array.from(values(inputs.label, 1001)) },
  })
}
