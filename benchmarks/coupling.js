// Processor time of a minibatch coupling of 512 noise with 512 data rows: the exact assignment alone, and `pair` with its distances.
// node benchmarks/coupling.js [rows]
import { randomStream } from '@whitewater/tensor'
import { couplingNamed } from 'whitewater'
import { assign } from '../packages/whitewater/dist/linalg/assignment.js'
import { squaredDistances } from '../packages/whitewater/dist/flow/coupling/cost.js'

const n = Number(process.argv[2] ?? 512)
const stream = randomStream(0)

/** Data of `d` features: normal, clusters that the noise must be divided among, of condition number 1e4, or all but on a line. */
const data = {
  normal: (d) => stream.split('normal').normal(n * d),
  clusters(d) {
    const centres = stream.split('centres').normal(10 * d)
    const noise = stream.split('spread').normal(n * d)
    return noise.map((value, i) => 4 * centres[(Math.floor(i / d) % 10) * d + (i % d)] + 0.1 * value)
  },
  elongated: (d) =>
    stream
      .split('line')
      .normal(n * d)
      .map((value, i) => value * (i % d === 0 ? 10 : 0.1)),
  line: (d) =>
    stream
      .split('line')
      .normal(n * d)
      .map((value, i) => value * (i % d === 0 ? 1 : 1e-3)),
}

/** Median and least of 11 runs, in milliseconds of processor time, which other work on the machine hardly changes. */
function timed(run) {
  run()
  const times = Array.from({ length: 11 }, () => {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }).sort((a, b) => a - b)
  return `${times[5].toFixed(1)} (${times[0].toFixed(1)})`
}

console.log(`${n} x ${n}, median (least) of 11 runs, ms of processor time`)
for (const d of [2, 64]) {
  const x0 = stream.split('noise').normal(n * d)
  for (const [name, make] of Object.entries(data)) {
    const x1 = make(d)
    const cost = squaredDistances(x1, x0, n, d)
    const whole = (kind) => timed(() => couplingNamed({ kind }).pair(x0, x1, { n, d, stream }))
    console.log(
      [
        `d ${d}, ${name}`.padEnd(16),
        `assignment ${timed(() => assign(cost, n))}`,
        `optimal-transport ${whole('optimal-transport')}`,
        `sinkhorn ${whole('sinkhorn')}`,
      ].join('   '),
    )
  }
}
