// Steps of an SDE sampler, written symbolically: dx = [v + (g^2 / 2) grad log p_t] dt + g dW.
import { add, mul, reshape, sliceAxis, sqrt, type ProgramSpec, type Tensor } from '@whitewater/tensor'
import { driftField, noiseRate, type Diffusion } from './diffusion.ts'
import { evaluateField, sameTime } from './field.ts'
import type { Path } from './path.ts'
import { convertPrediction, dataPrediction, velocityPrediction } from './prediction.ts'
import { plus, times } from './scalar.ts'
import type { SdeMethod } from './sde-methods.ts'
import { present, solverInputs, stateNames } from './solver-inputs.ts'
import type { FieldSpec } from './solver-spec.ts'
import { advance, stepOnce } from './step.ts'

export interface SdeSpec extends FieldSpec {
  readonly path: Path
  readonly method: SdeMethod
  readonly diffusion: Diffusion
  /**
   * The last step to t = 1 has no noise, where the score has no bound: it follows the flow unless 'denoise', which jumps to
   * E[x1 | x_t] and so leaves out what variance is left given x_t.
   */
  readonly last?: 'flow' | 'denoise'
}

export interface SdeStepInputs {
  readonly x: Tensor
  /** t + c_i h, one a stage. */
  readonly times: Tensor
  /** Positive. */
  readonly h: Tensor
  /** Standard normal, of x's shape. */
  readonly noise: Tensor
  readonly labels?: Tensor
}

/** x after one step with noise. */
export function sdeStep(
  { field, path, method, diffusion }: Pick<SdeSpec, 'field' | 'path' | 'method' | 'diffusion'>,
  { x, times: nodes, h, noise, labels }: SdeStepInputs,
): Tensor {
  const { nodes: c, matrix, weights } = method.tableau
  const drift = driftField(field, path, diffusion)
  const at = c.map((_, i) => sameTime(sliceAxis(nodes, 0, i, 1), x))
  const rate = weights
    .map((weight, i) => times(weight, noiseRate(path, diffusion, sliceAxis(nodes, 0, i, 1))))
    .reduce(plus)
  const jump = mul(noise, sqrt(mul(h, rate)))
  const slopes: Tensor[] = []
  c.forEach((node, i) => {
    const y = advance(x, h, matrix[i], slopes)
    slopes.push(evaluateField(drift, node === 1 ? add(y, jump) : y, at[i], labels))
  })
  return add(advance(x, h, weights, slopes), jump)
}

/** The programs' common inputs for `count` steps. */
function stepInputs(spec: SdeSpec, count: number) {
  const stages = spec.method.tableau.nodes.length
  const { x, labels, ...symbols } = solverInputs(spec)
  const nodes = symbols.times(count * stages)
  const h = symbols.sizes(count)
  return {
    x,
    nodes,
    h,
    noise: symbols.noise(count),
    labels,
    at: (k: number) => ({
      times: sliceAxis(nodes, 0, k * stages, stages),
      h: sliceAxis(h, 0, k, 1),
      labels,
    }),
  }
}

/** x after the steps of a run, and the program that leaves it in its state. */
export interface Steps {
  readonly next: Tensor
  readonly program: ProgramSpec
}

/** `count` steps with noise. */
export function noisySteps(spec: SdeSpec, count: number): Steps {
  const { x, nodes, h, noise, labels, at } = stepInputs(spec, count)
  let next = x
  for (let k = 0; k < count; k++) {
    const own = reshape(sliceAxis(noise, 0, k, 1), spec.shape)
    next = sdeStep(spec, { ...at(k), x: next, noise: own })
  }
  return {
    next,
    program: { inputs: present(nodes, h, noise, labels), state: { [stateNames.x]: { current: x, next } } },
  }
}

/** The step that ends on the data. */
export function lastStep(spec: SdeSpec): Steps {
  const { x, nodes, h, labels, at } = stepInputs(spec, 1)
  const flow = () => stepOnce(spec.method.tableau, spec.field, { ...at(0), x })
  const denoise = () => {
    const t = sameTime(sliceAxis(nodes, 0, 0, 1), x)
    const p = evaluateField(spec.field, x, t, labels)
    return convertPrediction(spec.path, { from: velocityPrediction, to: dataPrediction }, { p, x, t })
  }
  const next = spec.last === 'denoise' ? denoise() : flow()
  return {
    next,
    program: { inputs: present(nodes, h, labels), state: { [stateNames.x]: { current: x, next } } },
  }
}
