// Source and target points of the loop cases, drawn as the packages that they are from draw them.

/** TorchCFM's source and target: eight Gaussians on a circle of radius 5, variance 0.1; moons scaled to [-1, 5] or so. */
export function eightGaussiansToMoons({ x0, x1 }, stream, count) {
  stream.normal(x0)
  const centres = stream.integers(count, 8)
  const angles = stream.uniform(count)
  const halves = stream.integers(count, 2)
  const jitter = stream.normal(2 * count)
  for (let i = 0; i < count; i++) {
    const angle = (centres[i] * Math.PI) / 4
    x0[2 * i] = 5 * Math.cos(angle) + Math.sqrt(0.1) * x0[2 * i]
    x0[2 * i + 1] = 5 * Math.sin(angle) + Math.sqrt(0.1) * x0[2 * i + 1]
    const a = Math.PI * angles[i]
    const [x, y] = halves[i] === 0 ? [Math.cos(a), Math.sin(a)] : [1 - Math.cos(a), 0.5 - Math.sin(a)]
    x1[2 * i] = 3 * (x + 0.2 * jitter[2 * i]) - 1
    x1[2 * i + 1] = 3 * (y + 0.2 * jitter[2 * i + 1]) - 1
  }
}

/** flow_matching's checkerboard, scaled to unit deviation or so, from noise. */
export function noiseToCheckerboard({ x0, x1 }, stream, count) {
  stream.normal(x0)
  const u = stream.uniform(2 * count)
  const side = stream.integers(count, 2)
  for (let i = 0; i < count; i++) {
    const x = 4 * u[2 * i] - 2
    const odd = ((Math.floor(x) % 2) + 2) % 2
    x1[2 * i] = x / 0.45
    x1[2 * i + 1] = (u[2 * i + 1] - 2 * side[i] + odd) / 0.45
  }
}
