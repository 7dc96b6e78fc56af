// A generator as one ONNX file: noise, labels and guidance in, samples out; the solver, the guidance and P^-1 are inside.
import { branch, equal, input, type Tensor } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { guidedField } from '../flow/guidance.ts'
import { sdeMethods } from '../flow/sde-methods.ts'
import { solvedInGraph } from '../flow/solve-graph.ts'
import { heun, solverNamed, solvers } from '../flow/solvers.ts'
import { evaluationsPerStep, type Tableau } from '../flow/tableau.ts'
import {
  checkOnnxPath,
  onnxBytes,
  preconditionerFacts,
  writeOnnx,
  type ExportedBytes,
  type ExportedFile,
  type OnnxOptions,
} from '../precondition/onnx.ts'
import { requested, type SolveOptions } from './field-solvers.ts'
import { classesOf } from './labels.ts'
import { residentField, type GeneratorParts } from './parts.ts'

/** The solver is fixed in the file; guidance is one of its inputs. */
export interface ExportOptions extends Pick<SolveOptions, 'method' | 'steps' | 'tolerance'>, OnnxOptions {}

function methodFor(name: string | undefined): Tableau {
  if (name === undefined) return heun
  if (sdeMethods.some((method) => method.name === name)) {
    throw usageError(
      `${name} draws noise at every step, which a file cannot: export with an ODE solver, ${solvers.map((method) => method.name).join(', ')}`,
    )
  }
  return solverNamed(name)
}

/** What a reader of the file needs to know, as metadata_props. */
function factsOf(parts: GeneratorParts, method: Tableau, options: ExportOptions): Record<string, string> {
  const { features, labelCounts, form, preconditioner, field } = parts
  const { steps, relativeTolerance } = {
    relativeTolerance: undefined,
    steps: undefined,
    ...requested(method, options),
  }
  const perClass = preconditioner.components?.perClass
  return {
    features: features.join(),
    ...(labelCounts && { labelCounts: labelCounts.join() }),
    ...(classesOf(parts) !== undefined && { classes: String(classesOf(parts)) }),
    ...(perClass !== undefined && { components: String(perClass) }),
    solver: method.name,
    ...(steps === undefined
      ? { tolerance: String(relativeTolerance) }
      : { steps: String(steps), evaluations: String(steps * evaluationsPerStep(method)) }),
    field: field.kind,
    fieldOptions: JSON.stringify(field.options),
    path: form.path.name,
    prediction: form.prediction.name,
    residual: form.residual?.kind ?? 'none',
    ...preconditionerFacts(preconditioner),
    ...options.metadata,
  }
}

/** Samples from noise. Guidance doubles the batch of every evaluation; the file computes that only where it is asked for. */
function samplesFrom(
  parts: GeneratorParts,
  { noise, labels, guidance }: { noise: Tensor; labels?: Tensor; guidance?: Tensor },
  request: Omit<Parameters<typeof solvedInGraph>[3], 'from' | 'to'>,
) {
  const { field, parameters } = residentField(parts)
  const solved = (by: typeof field) => solvedInGraph(by, noise, labels, { ...request, from: 0, to: 1 })
  const plain = () => solved(field)
  const classes = parts.labelCounts?.length ?? 0
  const even = guidance
    ? branch(equal(guidance, 0), plain, () => solved(guidedField(field, { weight: guidance, classes })))
    : plain()
  return { samples: parts.preconditioner.graph.inverse(even, labels), parameters }
}

/**
 * The generator as an ONNX file. Inputs: noise float32
 * [N, ...features]; where the field knows labels, labels int32 [N] (class * components + component where P sorts samples into
 * components); where the data had classes, guidance float32 []. Output: samples float32 [N, ...features], as `decode` gives them.
 * @throws WhitewaterError for a solver that a file cannot hold or that cannot honour the request, and as `onnxBytes`
 */
export function generatorOnnx(
  { parts }: { readonly parts: GeneratorParts },
  options: ExportOptions = {},
): ExportedBytes {
  const method = methodFor(options.method)
  const request = { method, ...requested(method, options) }
  const { features, labelCounts } = parts
  const trace = (batch: number) => {
    const noise = input('noise', [batch, ...features])
    const labels = labelCounts && input('labels', [batch], 'int32')
    const guidance = classesOf(parts) === undefined ? undefined : input('guidance', [])
    const { samples, parameters } = samplesFrom(parts, { noise, labels, guidance }, request)
    const inputs = [noise, ...(labels ? [labels] : []), ...(guidance ? [guidance] : [])]
    const weights = Object.entries(parameters).map(([name, entry]) => [
      name.replace(/^parameter:/, ''),
      entry,
    ])
    return { inputs, outputs: { samples }, state: Object.fromEntries(weights) as typeof parameters }
  }
  return onnxBytes(trace, factsOf(parts, method, options))
}

/**
 * Writes `generatorOnnx` to `path`, a name that ends in .onnx; what it held before is replaced whole.
 * @throws WhitewaterError as `generatorOnnx`, and as `writeOnnx`
 */
export async function exportGenerator(
  generator: { readonly parts: GeneratorParts },
  path: string,
  options: ExportOptions = {},
): Promise<ExportedFile> {
  checkOnnxPath(path)
  return writeOnnx(path, generatorOnnx(generator, options))
}
