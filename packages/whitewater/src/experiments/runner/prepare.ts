// What the runs of an experiment share, made before the first of them.
import type { Asked, Experiment } from './experiment.ts'
import type { GridOptions, Preparer } from './grid.ts'

/**
 * @returns what the experiment's `prepare` gives; undefined where its runs share nothing
 * @throws what making it throws, or the reason of the signal
 */
export async function prepareShared(
  experiment: Experiment,
  request: Asked,
  { openFirst, signal, onPreparing }: GridOptions,
): Promise<unknown> {
  const { prepare } = experiment
  if (!prepare) return undefined
  signal?.throwIfAborted()
  const here = (): Preparer => ({
    prepare: (onProgress) => prepare(request, { engine: { device: 'cpu' }, onProgress, signal }),
    close: () => Promise.resolve(),
  })
  const preparer = (openFirst ?? here)()
  const onAbort = (): void => void preparer.close()
  signal?.addEventListener('abort', onAbort)
  try {
    return await preparer.prepare((done, total, what = 'parts') => onPreparing?.(done, total, what))
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await preparer.close()
  }
}
