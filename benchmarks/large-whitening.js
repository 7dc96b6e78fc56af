// `whitewater precondition fit` on data larger than it may hold: zca of 100,000 x 4,096 within 10 minutes and 8 GiB on two cores, and
// low-rank where a d x d matrix is out of the question; see `--help`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readSafetensors } from 'whitewater'
import { LIMITS, expectedLogDet, load, makeData, measured, varianceAt } from './harness/large.js'

/** What each kind must show beside time and memory, in words where it does not. */
const claims = {
  async zca({ description }, { folder, samples, dimension }) {
    const variances = Array.from({ length: dimension }, (_, j) => varianceAt(j, dimension))
    const { mean, deviation } = expectedLogDet(variances, samples)
    const { tensors } = await readSafetensors(join(folder, 'preconditioner.safetensors'))
    const logDet = -2 * tensors.get('log_determinant').data[0]
    const off = Math.abs(logDet - mean) / deviation
    return [
      [off < 5, `log det Sigma is ${logDet}, ${off.toFixed(1)} deviations from the ${mean} of such samples`],
      [description.floored === 0, `${description.floored} variances were floored`],
    ]
  },
  'low-rank': ({ description }) => [
    [description.explained > 0 && description.explained < 1, `it explains ${description.explained}`],
  ],
}

async function check(kind, { samples, dimension, threads, seed, folder }) {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'whitewater-large-')))
  const data = join(own, 'large.npy')
  const out = join(own, 'P')
  try {
    await makeData(data, samples, dimension, seed)
    const before = load()
    const run = await measured([
      'precondition',
      'fit',
      data,
      '--kind',
      kind,
      '--out',
      out,
      '--threads',
      threads,
    ])
    const { result, seconds, gib } = run
    const checks = [
      ...(await claims[kind](result, { folder: out, samples, dimension })),
      [result.roundTripError < 1e-5, `it maps back with an error of ${result.roundTripError}`],
      [result.streamed || samples * dimension * 4 <= 2 ** 28, 'the file was not streamed'],
      [seconds <= LIMITS.seconds, `it took ${seconds.toFixed(0)} s, more than ${LIMITS.seconds}`],
      [gib <= LIMITS.gib, `it took ${gib.toFixed(2)} GiB, more than ${LIMITS.gib}`],
    ]
    console.log(
      `${kind} of ${samples} x ${dimension}: ${seconds.toFixed(1)} s, peak ${gib.toFixed(2)} GiB, ${threads} threads; round trip ${result.roundTripError.toExponential(1)}; load ${before} before, ${load()} after`,
    )
    const wrong = checks.filter(([right]) => !right)
    for (const [, what] of wrong) console.log(`WRONG: ${what}`)
    return wrong.length
  } finally {
    await rm(folder === undefined ? own : data, { recursive: true, force: true })
  }
}

const usage = `node benchmarks/large-whitening.js [zca] [low-rank] [--samples N] [--dimension D] [--threads 2] [--seed 0] [--folder DIR]
zca of 100,000 x 4,096 and low-rank of 4,200 x 16,384 unless given. DIR takes the data, 4 bytes a value; a temporary folder unless given.`

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string' },
    dimension: { type: 'string' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '0' },
    folder: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const sizes = { zca: [100_000, 4096], 'low-rank': [4200, 16_384] }
if (given.help) console.log(usage)
else {
  for (const kind of positionals.length > 0 ? positionals : Object.keys(sizes)) {
    const [samples, dimension] = [given.samples, given.dimension].map((text, at) =>
      Number(text ?? sizes[kind][at]),
    )
    const mistakes = await check(kind, { ...given, samples, dimension, seed: Number(given.seed) })
    if (mistakes > 0) process.exitCode = 1
  }
}
