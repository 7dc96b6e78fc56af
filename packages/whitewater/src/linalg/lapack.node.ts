// The system's LAPACK, found at run time and called through koffi: `dsyevd`, divide and conquer for symmetric matrices.
import { availableParallelism } from 'node:os'
import type { LibraryHandle } from 'koffi'
import type { Found, Lapack } from './lapack.ts'

/** Where LAPACK lies by that name, the fastest first. */
const libraries: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libopenblasp.so.0', 'libopenblas.so.0', 'libflexiblas.so.3', 'libopenblas.so', 'liblapack.so.3'],
  darwin: ['/System/Library/Frameworks/Accelerate.framework/Accelerate', 'libopenblas.dylib'],
  win32: ['libopenblas.dll', 'openblas.dll'],
}

/** LAPACK's blocked kernels keep tiles on the stack; koffi gives a call beside the main thread 128 KiB unless told otherwise. */
const STACK_BYTES = 2 ** 23

const searches = new Map<string, Promise<Found>>()

/**
 * The first library of this platform that solves a small problem rightly; the search is made once.
 * @param setting the environment variable WHITEWATER_LAPACK: `off`, or the name or path of the library to use; a library with 64-bit
 *   integers will do as well
 */
export function findLapack(setting = process.env.WHITEWATER_LAPACK ?? ''): Promise<Found> {
  const known = searches.get(setting) ?? search(setting)
  searches.set(setting, known)
  return known
}

async function search(setting: string): Promise<Found> {
  if (setting.toLowerCase() === 'off') return { reason: 'WHITEWATER_LAPACK is off' }
  const names = setting === '' ? (libraries[process.platform] ?? []) : [setting]
  let reason = 'no LAPACK found'
  for (const library of names) {
    try {
      const lapack = await open(library)
      if (await solvesRightly(lapack)) return { lapack }
      reason = `${library} gives wrong eigenvalues`
    } catch (error) {
      if (setting !== '')
        reason = `${library} cannot be used: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return { reason }
}

async function open(library: string): Promise<Lapack> {
  const { default: koffi } = await import('koffi')
  try {
    koffi.config({ async_stack_size: STACK_BYTES })
  } catch {
    // Another library was loaded before: its stacks are what they are.
  }
  const aside = (koffi.config().async_stack_size ?? 0) >= STACK_BYTES
  return { library, dsyevd: dsyevdOf(koffi.load(library), aside) }
}

/**
 * Order below which OpenBLAS gets one thread: its threads wait for each other by spinning, so where something else keeps a core
 * busy two are many times slower than one, and below this order they save little even where nothing does.
 */
const LEAST_THREADED_ORDER = 1500

/** Sets how many threads OpenBLAS works with; does nothing for other libraries. */
function threadsOf(handle: LibraryHandle): (count: number) => void {
  try {
    const set = handle.func('openblas_set_num_threads', 'void', ['int'])
    return (count) => void set(count)
  } catch {
    return () => undefined
  }
}

/** Eigenvalues 2 - sqrt 2, 2, 2 + sqrt 2. */
async function solvesRightly({ dsyevd }: Lapack): Promise<boolean> {
  const values = await dsyevd(Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2), 3, true)
  return [-1, 0, 1].every((step, i) => Math.abs(values[i] - (2 + step * Math.SQRT2)) < 1e-12)
}

/** An integer argument of Fortran: the same number whether the library reads 32 or 64 bits of it. */
const integer = (value: number): Int32Array => Int32Array.of(value, value < 0 ? -1 : 0)

const POINTER = 'void *'

/** Fortran passes everything by address, and the lengths of strings behind the other arguments. */
const signature = ['str', 'str', ...Array<string>(9).fill(POINTER), 'size_t', 'size_t']

function dsyevdOf(handle: LibraryHandle, aside: boolean): Lapack['dsyevd'] {
  const native = handle.func('dsyevd_', 'void', signature)
  const setThreads = threadsOf(handle)
  const call = (args: readonly unknown[]): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!aside) {
        native(...args)
        resolve()
        return
      }
      native.async(...args, (error: unknown) => {
        // Reading `args` here keeps the arrays alive while the library writes to them.
        if (error || args.length === 0) reject(new Error('the call into LAPACK failed', { cause: error }))
        else resolve()
      })
    })
  return async (a, n, vectors) => {
    setThreads(n < LEAST_THREADED_ORDER ? 1 : availableParallelism())
    const values = new Float64Array(n)
    const info = integer(0)
    const problem = [vectors ? 'V' : 'N', 'U', integer(n), a, integer(Math.max(1, n)), values]
    const size = new Float64Array(1)
    const integerSize = integer(0)
    await call([...problem, size, integer(-1), integerSize, integer(-1), info, 1, 1])
    const work = new Float64Array(size[0])
    const integerWork = new Int32Array(2 * integerSize[0])
    await call([...problem, work, integer(size[0]), integerWork, integer(integerSize[0]), info, 1, 1])
    if (info[0] !== 0) throw new Error(`dsyevd did not converge (info ${info[0]})`)
    return values
  }
}
