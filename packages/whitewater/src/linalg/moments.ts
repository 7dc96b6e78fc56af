// Mean and covariance as `covariance` has them, of samples that arrive in blocks, with the products on the engine where there is
// enough to multiply.
import {
  cast,
  float64Of,
  matmul,
  ndarray,
  sliceAxis,
  sub,
  traced,
  type CompileOptions,
} from '@whitewater/tensor'
import { centreOf, scatterAbout, type Moments, type Samples } from './covariance.ts'
import { matrix } from './matrix.ts'
import { onCpu } from './on-cpu.ts'
import { mirror } from './product.ts'
import { finishMoments, mergeCentres, type Counted, type RunningMoments } from './streaming.ts'

/** Multiply-adds below which starting a session costs more than it saves. */
const LEAST_ENGINE_PRODUCTS = 5e8

/**
 * Columns of a panel of the scatter: only panels on and below the diagonal are multiplied, (p + 1) / 2p of the full product with
 * p panels. Measured at 4096 rows, two threads: 0.65 of the time at d = 784, 0.6 at 2048, 0.5 at 4096; narrower ones lose it again.
 */
const PANEL_COLUMNS = 512

/** Rows a block: at most 64 MiB in float64, and enough of them that the d^2 additions at its end do not count. */
export const rowsPerBlock = (d: number): number => Math.min(4096, Math.max(256, Math.floor(2 ** 23 / d)))

interface Panel {
  readonly start: number
  readonly size: number
}

const panelsOf = (d: number): Panel[] =>
  Array.from({ length: Math.ceil(d / PANEL_COLUMNS) }, (_, p) => ({
    start: p * PANEL_COLUMNS,
    size: Math.min(PANEL_COLUMNS, d - p * PANEL_COLUMNS),
  }))

/** Adds scatters of centred blocks to the lower triangle of a [d, d] array, on the engine's CPU: GPUs have no fast float64. */
function scatterEngine(d: number, engine?: CompileOptions) {
  const panels = panelsOf(d)
  const products = traced(({ x, centre }) => {
    const centred = sub(cast(x, 'float64'), centre)
    const product = ({ start, size }: Panel) =>
      matmul(sliceAxis(centred, 1, start, size), sliceAxis(centred, 1, 0, start + size), {
        transposeA: true,
      })
    return Object.fromEntries(panels.map((panel) => [`rows${panel.start}`, product(panel)]))
  }, onCpu(engine))
  const add = async ({ data, n }: Samples, centre: Float64Array, target: Float64Array): Promise<void> => {
    const results = await products({ x: ndarray(data, [n, d]), centre: ndarray(centre, [d]) })
    for (const { start, size } of panels) {
      const product = float64Of(results[`rows${start}`].data)
      const width = start + size
      for (let i = 0; i < size; i++) {
        for (let j = 0, at = (start + i) * d; j < width; j++, at++) target[at] += product[i * width + j]
      }
    }
  }
  return { add, dispose: () => products.dispose() }
}

function addOuter(target: Float64Array, v: Float64Array): void {
  for (let i = 0, d = v.length; i < d; i++) {
    for (let j = 0, at = i * d; j <= i; j++, at++) target[at] += v[i] * v[j]
  }
}

/**
 * Moments of all samples of `blocks`, each [rows, d]; holds one block and its products, whatever the number of blocks.
 * A block is centred at its own mean, so a large mean costs no digits; n d^2 operations, about half of them multiplied.
 * @throws RangeError for a block of other than d features
 */
export async function accumulateMoments(
  blocks: AsyncIterable<Samples> | Iterable<Samples>,
  d: number,
  engine: CompileOptions = {},
): Promise<RunningMoments> {
  const scatter = matrix(d, d)
  const empty: Counted = { count: 0, mean: new Float64Array(d), rest: new Float64Array(d) }
  let centre = empty
  let work = 0
  const onEngine = scatterEngine(d, engine)
  try {
    for await (const block of blocks) {
      if (block.d !== d) throw new RangeError(`got a block of ${block.d} features, expected ${d}`)
      if (block.n === 0) continue
      const own = { count: block.n, ...centreOf(block) }
      work += block.n * d * d
      if (work < LEAST_ENGINE_PRODUCTS) addTo(scatter.data, scatterAbout(block, own.mean).data)
      else await onEngine.add(block, own.mean, scatter.data)
      const merged = mergeCentres(centre, own)
      addOuter(scatter.data, merged.between)
      centre = merged.centre
    }
  } finally {
    await onEngine.dispose()
  }
  mirror(scatter.data, d)
  return { d, ...centre, scatter }
}

function addTo(target: Float64Array, terms: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] += terms[i]
}

/** Samples in memory as consecutive blocks, without a copy. */
export function* inBlocks({ data, n, d }: Samples, rows = rowsPerBlock(d)): Generator<Samples> {
  for (let start = 0; start < n; start += rows) {
    const size = Math.min(rows, n - start)
    yield { data: data.subarray(start * d, (start + size) * d), n: size, d }
  }
}

/**
 * Mean [d] and covariance [d, d] (divisor n - 1) in float64; agrees with `covariance` to rounding, several times faster for
 * large d.
 * @throws WhitewaterError (usage) for fewer than 2 samples
 */
export const covarianceOf = async (samples: Samples, engine: CompileOptions = {}): Promise<Moments> =>
  finishMoments(await accumulateMoments(inBlocks(samples), samples.d, engine))
