// The results as JSON rows and as a text table.

/** Rows { case, whitewaterMs, peer, peerMs, ratio, ... } of the peers that could be measured. */
export function rows(benchmark, results) {
  const ours = results.get('whitewater')
  const whitewaterMs = ours?.ms ?? null
  return [...results]
    .filter(([name, result]) => name !== 'whitewater' && !result.unavailable)
    .map(([peer, { ms, cpuMs, threads, version, peakMemoryMb }]) => ({
      case: benchmark.name,
      whitewaterMs,
      peer,
      peerMs: ms,
      ratio: whitewaterMs === null ? null : ms / whitewaterMs,
      whitewaterCpuMs: ours?.cpuMs ?? null,
      peerCpuMs: cpuMs,
      whitewaterPeakMemoryMb: ours?.peakMemoryMb ?? null,
      peerPeakMemoryMb: peakMemoryMb,
      peerThreads: threads ?? null,
      peerVersion: version,
    }))
}

const milliseconds = (ms) => (ms < 10 ? ms.toFixed(3) : ms < 1000 ? ms.toFixed(1) : ms.toFixed(0))

const columns = [
  { title: '', width: 22, text: ({ name }) => name },
  { title: 'ms/step', width: 10, right: true, text: ({ ms }) => milliseconds(ms) },
  { title: 'steps/s', width: 10, right: true, text: ({ ms }) => (1000 / ms).toPrecision(3) },
  { title: 'ratio', width: 8, right: true, text: ({ ratio }) => ratio?.toFixed(2) ?? '' },
  { title: 'cpu ms', width: 9, right: true, text: ({ cpuMs }) => milliseconds(cpuMs) },
  { title: 'threads', width: 8, right: true, text: ({ threads }) => String(threads ?? '') },
  { title: 'runs', width: 6, right: true, text: ({ runs }) => String(runs) },
  { title: 'peak MB', width: 9, right: true, text: ({ peakMemoryMb }) => peakMemoryMb.toFixed(0) },
  { title: 'import MB', width: 10, right: true, text: ({ importRssMb }) => importRssMb.toFixed(0) },
  { title: '  version', width: 0, text: ({ version }) => `  ${version}` },
]

const line = (texts) =>
  texts
    .map((text, i) => (columns[i].right ? text.padStart(columns[i].width) : text.padEnd(columns[i].width)))
    .join('')
    .trimEnd()

/** One case as text; "peak MB" is the child's peak resident memory less what its imports took ("import MB"). */
export function table(benchmark, results) {
  const ours = results.get('whitewater')?.ms
  const body = [...results].map(([name, result]) => {
    if (result.unavailable) return `${name.padEnd(columns[0].width)}  unavailable: ${result.unavailable}`
    const ratio = ours === undefined || name === 'whitewater' ? undefined : result.ms / ours
    return line(columns.map(({ text }) => text({ ...result, name, ratio })))
  })
  return [`${benchmark.name}: ${benchmark.title}`, line(columns.map(({ title }) => title)), ...body].join(
    '\n',
  )
}
