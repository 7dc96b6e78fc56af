// What is run on every processor: operations and convolutions against float64, and numbers of training and sampling that the
// driver compares with those of this machine's own processor. Prints one JSON document.
import { engineFindings } from '@whitewater/tensor'
import { checkConvolutions, checkOperations, type Section } from './operations.ts'
import { trainedNumbers } from './training.ts'

const quick = process.argv.includes('--quick')
const progress = (line: string): void => void process.stderr.write(`${line}\n`)

async function timed(
  name: string,
  check: () => Promise<Omit<Section, 'name' | 'seconds'>>,
): Promise<Section> {
  const start = performance.now()
  const found = await check()
  const seconds = (performance.now() - start) / 1000
  progress(`${name}: ${found.checks} checks, ${found.faults.length} faults, ${seconds.toFixed(1)} s`)
  return { name, seconds, ...found }
}

const findings = await engineFindings()
for (const { name, state, detail } of findings)
  progress(
    state === 'missing'
      ? `${name}: not in this build of ONNX Runtime`
      : [`${name}: ${state}`, detail].filter(Boolean).join(', '),
  )
const usable = findings.every(
  ({ name, state }) => name !== 'blocked convolution kernels' || state !== 'missing',
)
const sections = [
  await timed('operations', checkOperations),
  await timed('convolutions, plain kernels', () => checkConvolutions(() => false, quick)),
]
// The blocked path itself is compared even where the look refuses it: a fault must show, not be avoided.
if (usable)
  sections.push(await timed('convolutions, blocked kernels', () => checkConvolutions(() => true, quick)))
sections.push(await timed('training and sampling', trainedNumbers))

process.stdout.write(JSON.stringify({ arch: process.arch, node: process.versions.node, findings, sections }))
