// A look before use: what a program relies on (reliance.ts) is computed beside what ONNX Runtime promises, once in a process and
// for each kind of kernels. Programs do without what is missing or differs.
import { platform } from '#platform'
import type { NdArray } from '../array.ts'
import type { Target } from '../graph.ts'
import { stateLook } from '../in-place.ts'
import type { Comparison, Look } from '../look.ts'
import { blockedLook } from '../operations/conv-blocked.ts'
import { encode, type Model, type Program } from '../program.ts'
import type { Reliance } from '../reliance.ts'
import { oneLine } from './message.ts'
import { loadProgram, type SessionOptions } from './session.ts'

/** What a look has shown. */
export interface Finding {
  readonly name: string
  /** 'missing' is no fault: builds of ONNX Runtime for some processors have no such kernels. */
  readonly state: 'used' | 'missing' | 'wrong'
  readonly detail: string
}

type Load = (model: Model, options: SessionOptions) => Promise<Program>

/** Float32 sums of the looks' sizes, in another order, agree far better; a wrong kernel is off by about 1. */
const TOLERANCE = 1e-4

/** Largest difference between what was relied on and what was promised, over the largest promised value. */
function distance(relied: NdArray, promised: NdArray): number {
  let largest = 1e-30
  let difference = 0
  promised.data.forEach((value, at) => {
    const gap = Math.abs(Number(relied.data[at]) - Number(value))
    // NaN compares false with everything and would hide.
    difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap)
    largest = Math.max(largest, Math.abs(Number(value)))
  })
  return difference / largest
}

/** The case that differs most in these outputs, and by how much. */
function worstCase(outputs: Readonly<Record<string, NdArray>>): { name: string; error: number } {
  const names = Object.keys(outputs).flatMap((name) => (name.startsWith('relied:') ? [name.slice(7)] : []))
  const all = names.map((name) => ({
    name,
    error: distance(outputs[`relied:${name}`], outputs[`promised:${name}`]),
  }))
  // NaN, the ratio of infinities, counts as the worst.
  return all.reduce((worst, one) => (one.error <= worst.error ? worst : one), { name: 'none', error: 0 })
}

async function seen({ runs, detail: tell }: Comparison, program: Program): Promise<Omit<Finding, 'name'>> {
  let detail = ''
  for (const inputs of runs) {
    const outputs = await program.run(inputs)
    const { name, error } = worstCase(outputs)
    if (!(error < TOLERANCE))
      return { state: 'wrong', detail: `case ${name} is off by ${error.toPrecision(2)} of its largest value` }
    detail ||= tell?.(outputs) ?? ''
  }
  return { state: 'used', detail }
}

/** How ONNX Runtime says that it has no such kernel. */
const absent = /not a registered function|not implemented|Could not find an implementation/i

async function lookAt({ reliance: { name }, compare }: Look, target: Target, load: Load): Promise<Finding> {
  const what = compare()
  let program: Program
  try {
    program = await load(encode(what.spec, target), { threads: 1 })
  } catch (error) {
    const detail = oneLine(error)
    // Whatever else kept the session from being made, an engine that has ended say, tells nothing of the processor.
    if (!absent.test(detail)) throw error
    return { name, state: 'missing', detail }
  }
  try {
    return { name, ...(await seen(what, program)) }
  } finally {
    await program.dispose()
  }
}

const findings = new Map<string, Promise<Finding>>()

/** The finding of a look, which takes place at the first call; a wrong kernel is told once, as a warning of the process. */
function findingOf(look: Look, target: Target, load: Load): Promise<Finding> {
  const { reliance } = look
  const key = `${target} ${reliance.name}`
  const known = findings.get(key)
  if (known) return known
  const finding = lookAt(look, target, load).then((found) => {
    if (found.state === 'wrong')
      platform.warn(
        `${reliance.name} of ONNX Runtime ${platform.version} compute wrong numbers on this processor (${found.detail}): ${reliance.instead} are used, which are slower`,
      )
    return found
  })
  findings.set(key, finding)
  finding.catch(() => findings.delete(key))
  return finding
}

/** A look at everything that the engine relies on. */
const engineLooks: readonly Look[] = [blockedLook, stateLook]

/**
 * Those that programs must do without.
 * @throws RangeError for a reliance that no look shows
 */
export async function refuted(
  reliances: ReadonlySet<Reliance>,
  target: Target,
  load: Load,
  looks: readonly Look[] = engineLooks,
): Promise<ReadonlySet<Reliance>> {
  const bad = new Set<Reliance>()
  for (const reliance of reliances) {
    const look = looks.find((one) => one.reliance === reliance)
    if (!look)
      throw new RangeError(`no look shows whether ${reliance.name} may be used: give runtime/looks.ts one`)
    const { state } = await findingOf(look, target, load)
    if (state !== 'used') bad.add(reliance)
  }
  return bad
}

/** Looks at all that the engine relies on here, on the CPU, and says what it found: for reports of a machine. */
export async function engineFindings(load: Load = loadProgram): Promise<Finding[]> {
  const all: Finding[] = []
  for (const look of engineLooks) all.push(await findingOf(look, platform.cpu, load))
  return all
}
