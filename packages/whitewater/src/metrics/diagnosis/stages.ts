// The stages of a long measurement: what is being done, how far it has come, how long it took, and where it may be stopped.
import { platform } from '#platform'
import type { NdArray } from '@whitewater/tensor'
import type { SampleBlocks } from '../../data/sample-blocks.ts'

export interface Stage {
  readonly name: string
  /** Wall time. */
  readonly seconds: number
}

export interface StageProgress {
  readonly stage: string
  /** Samples seen of all, where they are counted. */
  readonly done?: number
  readonly total?: number
}

export type Blocks = AsyncIterable<NdArray<Float32Array>>

export interface Stopwatch {
  /** Runs one stage; `count` passes a source's blocks on and reports them. */
  stage<T>(name: string, work: (count: (data: SampleBlocks) => Blocks) => Promise<T>): Promise<T>
  /** Seconds that the stages of this name took. */
  secondsOf(name: string): number
  log(): { readonly stages: readonly Stage[]; readonly seconds: number }
}

export interface StopwatchOptions {
  /** Told what is measured, and how far it has come where that can be counted. */
  readonly onProgress?: (progress: StageProgress) => void
  /** Stops at the next block or stage, with the signal's reason. */
  readonly signal?: AbortSignal
}

const since = (start: number): number => (performance.now() - start) / 1000

export function stopwatch({ onProgress, signal }: StopwatchOptions): Stopwatch {
  const begin = performance.now()
  const stages: Stage[] = []
  async function* counted(stage: string, data: SampleBlocks): Blocks {
    let done = 0
    for await (const block of data.blocks()) {
      signal?.throwIfAborted()
      yield block
      done += block.shape[0]
      onProgress?.({ stage, done, total: data.shape[0] })
    }
  }
  return {
    async stage(name, work) {
      // Ctrl-C is heard only between turns of the event loop.
      await platform.nextTurn()
      signal?.throwIfAborted()
      onProgress?.({ stage: name })
      const start = performance.now()
      const result = await work((data) => counted(name, data))
      stages.push({ name, seconds: since(start) })
      return result
    },
    secondsOf: (wanted) =>
      stages.reduce((sum, { name, seconds }) => sum + (name === wanted ? seconds : 0), 0),
    log: () => ({ stages, seconds: since(begin) }),
  }
}
