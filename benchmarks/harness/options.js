import { parseArgs } from 'node:util'

export const usage = `node benchmarks/run.js [options]

  --case NAME       only this case (repeatable)
  --peer NAME       only this peer (repeatable)
  --with-pytorch    also PyTorch on the CPU, torchcfm and flow_matching; installs them once into the user's cache
  --runs N          timed runs in each child process (default 15)
  --seconds S       a child stops timing after S seconds, two runs at least (default 10)
  --rounds N        how often every participant takes its turn (default 3)
  --timeout S       give a child process up after S seconds (default 600)
  --json            print [{ case, whitewaterMs, peer, peerMs, ratio, ... }]; ratio = peerMs / whitewaterMs
  --list            print the cases and their peers
`

function positive(name, text) {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} ${text}: expected a positive number`)
  return value
}

/** @param {string[]} args the command line without node and the script */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      case: { type: 'string', multiple: true, default: [] },
      peer: { type: 'string', multiple: true, default: [] },
      'with-pytorch': { type: 'boolean', default: false },
      runs: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      timeout: { type: 'string', default: '600' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    ...values,
    withPytorch: values['with-pytorch'],
    rounds: positive('rounds', values.rounds),
    timeout: positive('timeout', values.timeout),
    protocol: {
      runs: positive('runs', values.runs),
      seconds: positive('seconds', values.seconds),
      warmupSteps: 20,
      checkSteps: 3,
    },
  }
}

/** Keeps what a repeatable filter names; an unknown name is an error that lists the known ones. */
export function select(option, wanted, known) {
  const unknown = wanted.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: expected one of ${known.join(', ')}`)
  return known.filter((name) => wanted.length === 0 || wanted.includes(name))
}
