// Programs in another thread: the messages, the side that calls and the side that serves.
// Arrays are copied once, by the caller, and handed over; results are handed over without a copy.
import type { Data, NdArray } from '../array.ts'
import type { Model, Program } from '../program.ts'
import type { SessionOptions } from './session.ts'

/** An engine in a thread of its own; `compile(spec, { load: worker.load })` makes programs that run there. */
export interface EngineWorker {
  readonly load: (model: Model, options?: SessionOptions) => Promise<Program>
  /** Frees all programs and ends the thread. */
  readonly close: () => Promise<void>
}

type Arrays = Readonly<Record<string, Data | NdArray>>

type Call =
  | { readonly kind: 'load'; readonly model: Model; readonly options: SessionOptions }
  | { readonly kind: 'run'; readonly program: number; readonly inputs: Arrays }
  | { readonly kind: 'readState'; readonly program: number; readonly name: string }
  | { readonly kind: 'writeState'; readonly program: number; readonly name: string; readonly data: Data }
  | { readonly kind: 'dispose'; readonly program: number }
  | { readonly kind: 'close' }

/** What each kind of call is answered with. */
interface Answers {
  load: number
  run: Record<string, NdArray>
  readState: Data
  writeState: undefined
  dispose: undefined
  close: undefined
}

export type Request = Call & { readonly id: number }

export interface Reply {
  readonly id: number
  readonly value?: Answers[keyof Answers]
  readonly error?: { readonly range: boolean; readonly message: string }
}

type Post<T> = (message: T, transfer: ArrayBuffer[]) => void

const bufferOf = (data: Data): ArrayBuffer[] => (data.buffer instanceof ArrayBuffer ? [data.buffer] : [])

const copied = (value: Data | NdArray): Data | NdArray =>
  'shape' in value ? { data: value.data.slice(), shape: value.shape } : value.slice()

const buffersOf = (arrays: Arrays): ArrayBuffer[] =>
  Object.values(arrays).flatMap((value) => bufferOf('shape' in value ? value.data : value))

interface Pending {
  readonly resolve: (value: Reply['value']) => void
  readonly reject: (error: Error) => void
}

/** The calling side. The owner of the thread passes on its replies, and its end. */
export class Remote implements EngineWorker {
  readonly #post: Post<Request>
  /** Told true when a first call begins to wait, false when none waits any more. */
  readonly #waiting: (some: boolean) => void
  readonly #pending = new Map<number, Pending>()
  #calls = 0
  #ended: string | undefined

  constructor(post: Post<Request>, waiting: (some: boolean) => void) {
    this.#post = post
    this.#waiting = waiting
  }

  readonly load = async (model: Model, { threads, strict }: SessionOptions = {}): Promise<Program> => {
    const program = await this.#call<'load'>({ kind: 'load', model, options: { threads, strict } })
    return {
      model,
      run: (inputs = {}) => {
        const copies = Object.fromEntries(
          model.inputs.flatMap(({ name }) => (inputs[name] ? [[name, copied(inputs[name])]] : [])),
        )
        return this.#call<'run'>({ kind: 'run', program, inputs: copies }, buffersOf(copies))
      },
      readState: (name) => this.#call<'readState'>({ kind: 'readState', program, name }),
      writeState: (name, data) => {
        const copy = data.slice()
        return this.#call<'writeState'>({ kind: 'writeState', program, name, data: copy }, bufferOf(copy))
      },
      dispose: () => (this.#ended ? Promise.resolve() : this.#call<'dispose'>({ kind: 'dispose', program })),
    }
  }

  readonly close = async (): Promise<void> => {
    if (!this.#ended) await this.#call<'close'>({ kind: 'close' })
  }

  receive({ id, value, error }: Reply): void {
    const call = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#pending.size === 0) this.#waiting(false)
    if (error) call?.reject(error.range ? new RangeError(error.message) : new Error(error.message))
    else call?.resolve(value)
  }

  /** The thread is gone: whatever waits for it fails. */
  end(reason: string): void {
    this.#ended ??= reason
    for (const { reject } of this.#pending.values()) reject(new Error(reason))
    this.#pending.clear()
  }

  #call<K extends Call['kind']>(
    call: Extract<Call, { kind: K }>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Answers[K]> {
    if (this.#ended) return Promise.reject(new Error(this.#ended))
    return new Promise((resolve, reject) => {
      const id = this.#calls++
      // The serving side answers each kind of call with its type.
      this.#pending.set(id, { resolve: (value) => resolve(value as Answers[K]), reject })
      if (this.#pending.size === 1) this.#waiting(true)
      this.#post({ ...call, id }, transfer)
    })
  }
}

type Load = (model: Model, options: SessionOptions) => Promise<Program>

/** The serving side: returns what to do with each request. */
export function serve(load: Load, post: Post<Reply>, end: () => void): (request: Request) => Promise<void> {
  const programs = new Map<number, Program>()
  let loaded = 0

  const programOf = (id: number): Program => {
    const program = programs.get(id)
    if (!program) throw new Error('the program is disposed')
    return program
  }

  async function answer(request: Request): Promise<[Reply['value'], ArrayBuffer[]]> {
    switch (request.kind) {
      case 'load': {
        const id = loaded++
        programs.set(id, await load(request.model, request.options))
        return [id, []]
      }
      case 'run': {
        const outputs = await programOf(request.program).run(request.inputs)
        return [outputs, buffersOf(outputs)]
      }
      case 'readState': {
        const data = await programOf(request.program).readState(request.name)
        return [data, bufferOf(data)]
      }
      case 'writeState':
        await programOf(request.program).writeState(request.name, request.data)
        return [undefined, []]
      case 'dispose':
        await programs.get(request.program)?.dispose()
        programs.delete(request.program)
        return [undefined, []]
      case 'close':
        for (const program of programs.values()) await program.dispose()
        return [undefined, []]
    }
  }

  return async (request) => {
    const { id } = request
    try {
      const [value, transfer] = await answer(request)
      post({ id, value }, transfer)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      post({ id, error: { range: error instanceof RangeError, message } }, [])
    }
    if (request.kind === 'close') end()
  }
}
