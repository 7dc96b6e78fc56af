// `whitewater diagnose` on data larger than it may hold: 100,000 x 4,096 made with a known spectrum, within 10 minutes and 8 GiB on
// two cores, and right. Started by `npm run check:large`; see `--help`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LIMITS, expectedLogDet, load, log, makeData, measured, varianceAt } from './harness/large.js'

/** Extremum of z over (from, to) by golden section. */
function extremum(z, from, to, sign) {
  const ratio = (Math.sqrt(5) - 1) / 2
  let a = from
  let b = to
  for (let i = 0; i < 200; i++) {
    const c = b - ratio * (b - a)
    const e = a + ratio * (b - a)
    if (sign * z(c) > sign * z(e)) a = c
    else b = e
  }
  return z((a + b) / 2)
}

/**
 * Smallest and largest eigenvalue of a sample covariance, from the population's: the edges of the generalised Marchenko-Pastur law
 * (Silverstein & Choi 1995), critical values of z(m) = -1/m + (d / N) mean(t / (1 + t m)).
 */
function expectedEdges(variances, samples) {
  const z = (m) => -1 / m + variances.reduce((sum, t) => sum + t / (1 + t * m), 0) / (samples - 1)
  const most = variances[0]
  const least = variances.at(-1)
  // The lower edge is a maximum left of all poles, sought in log(-m - 1 / least).
  const far = (u) => z(-1 / least - Math.exp(u))
  return {
    largest: extremum(z, -1 / most, 0, 1),
    smallest: extremum(far, Math.log(1e-6 / least), Math.log(1e6 / least), -1),
  }
}

/** What the diagnosis got wrong, in words. */
function mistakes({ result, seconds, gib }, samples, d) {
  const variances = Array.from({ length: d }, (_, j) => varianceAt(j, d))
  const { spectrum, preconditioners, recommendation, streamed } = result
  const edges = expectedEdges(variances, samples)
  const logDet = spectrum.reduce((sum, value) => sum + Math.log(value), 0)
  const expected = expectedLogDet(variances, samples)
  const zca = preconditioners.find(({ kind }) => kind === 'zca')
  const near = (value, wanted) => Math.abs(value / wanted - 1) < 0.03
  log(`largest eigenvalue ${spectrum[0].toPrecision(5)}, expected ${edges.largest.toPrecision(5)}`)
  log(`smallest eigenvalue ${spectrum[d - 1].toPrecision(5)}, expected ${edges.smallest.toPrecision(5)}`)
  log(
    `log det ${logDet.toFixed(2)}, expected ${expected.mean.toFixed(2)} +- ${expected.deviation.toFixed(2)}`,
  )
  const checks = [
    [near(spectrum[0], edges.largest), 'the largest eigenvalue is off by more than 3 %'],
    [near(spectrum[d - 1], edges.smallest), 'the smallest eigenvalue is off by more than 3 %'],
    [Math.abs(logDet - expected.mean) < 5 * expected.deviation, 'log det is off by more than 5 deviations'],
    [zca && zca.maxKappa < 1.001, 'ZCA does not whiten'],
    [zca && zca.roundTripError < 1e-5, 'ZCA does not map back'],
    [recommendation.startsWith('Use zca'), `it recommends: ${recommendation}`],
    [streamed || samples * d * 4 <= 2 ** 28, 'the file was not streamed'],
    [seconds <= LIMITS.seconds, `it took ${seconds.toFixed(0)} s, more than ${LIMITS.seconds}`],
    [gib <= LIMITS.gib, `it took ${gib.toFixed(2)} GiB, more than ${LIMITS.gib}`],
  ]
  return checks.filter(([right]) => !right).map(([, what]) => what)
}

async function check({ samples, dimension, threads, seed, folder }) {
  const n = Number(samples)
  const d = Number(dimension)
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'whitewater-large-')))
  const path = join(own, 'large.npy')
  try {
    await makeData(path, n, d, Number(seed))
    const before = load()
    const run = await measured(['diagnose', path, '--threads', threads])
    const { eigenSolver, streamed, stages } = run.result
    for (const { name, seconds } of stages) log(`${name.padEnd(36)} ${seconds.toFixed(1).padStart(7)} s`)
    const wrong = mistakes(run, n, d)
    console.log(
      `${n} x ${d}: ${run.seconds.toFixed(1)} s, peak ${run.gib.toFixed(2)} GiB, ${threads} threads; ${eigenSolver}; ${streamed ? 'streamed' : 'in memory'}; load ${before} before, ${load()} after`,
    )
    for (const what of wrong) console.log(`WRONG: ${what}`)
    return wrong.length === 0 ? 0 : 1
  } finally {
    await rm(folder === undefined ? own : path, { recursive: true, force: true })
  }
}

const usage = `node benchmarks/large-diagnose.js [--samples 100000] [--dimension 4096] [--threads 2] [--seed 0] [--folder DIR]
DIR takes the data, 4 bytes a value (1.6 GB); a temporary folder unless given. WHITEWATER_LAPACK=off measures without LAPACK.`

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '100000' },
    dimension: { type: 'string', default: '4096' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '0' },
    folder: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (options.help) console.log(usage)
else process.exitCode = await check(options)
