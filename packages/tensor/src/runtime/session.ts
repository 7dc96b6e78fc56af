// Runs a model on ONNX Runtime in this thread.
import type { InferenceSession, OnnxValue, Tensor as OrtTensor } from 'onnxruntime-common'
import { platform } from '#platform'
import { allocate, ndarray, sizeOf, type Data, type NdArray } from '../array.ts'
import { checked, encode, initialState, type Model, type Port, type Program } from '../program.ts'
import { input } from '../tensor.ts'
import { oneLine } from './message.ts'
import { mul } from '../operations/elementwise.ts'

export interface SessionOptions {
  /** Threads of one operation on the CPU; unless given, as many as the program's size keeps busy. */
  readonly threads?: number
  /** Fail instead of running an operation without a GPU kernel on the CPU. */
  readonly strict?: boolean
}

/** One thread for so many elements of the program's largest tensor: with less to do, waking another costs what it saves. */
const ELEMENTS_A_THREAD = 16_384

const threadsFor = ({ largest }: Model): number =>
  Math.max(1, Math.min(platform.defaultThreads, Math.ceil(largest / ELEMENTS_A_THREAD)))

const providerOf = { cpu: 'cpu', wasm: 'wasm', webgpu: 'webgpu', cuda: 'cuda', portable: 'cpu' } as const

function ortOptions(
  model: Model,
  { threads, strict = false }: SessionOptions,
): InferenceSession.SessionOptions {
  const onCpu = model.target !== 'webgpu' && model.target !== 'cuda'
  const stateOutputs = model.state
    .filter(({ changes }) => changes)
    .map(({ name }) => [`next:${name}`, 'gpu-buffer'] as const)
  return {
    ...platform.tuneCpu,
    executionProviders: [providerOf[model.target]],
    intraOpNumThreads: threads ?? threadsFor(model),
    interOpNumThreads: 1,
    // What goes wrong comes as an exception; the log would say it once more, on standard error.
    logSeverityLevel: 4,
    ...(model.target === 'webgpu' && {
      preferredOutputLocation: {
        ...Object.fromEntries(model.outputs.map(({ name }) => [name, 'cpu'] as const)),
        ...Object.fromEntries(stateOutputs),
      },
    }),
    ...(!onCpu && strict && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  }
}

const tensorOf = (port: Port, data: Data): OrtTensor => new platform.Tensor(port.dtype, data, [...port.shape])

/** ONNX Runtime's tensor data is the typed array of its dtype. */
const dataOf = (value: OnnxValue): Data => value.data as Data

class SessionProgram implements Program {
  readonly model: Model
  readonly #session: InferenceSession
  readonly #options: SessionOptions
  /** Per state: the value the next run reads, and on the CPU the buffer it writes where that may not be the same. */
  readonly #current = new Map<string, OrtTensor>()
  readonly #spare = new Map<string, OrtTensor>()
  #turn: Promise<unknown> = Promise.resolve()
  #disposed: Promise<void> | undefined

  constructor(model: Model, session: InferenceSession, options: SessionOptions) {
    this.model = model
    this.#session = session
    this.#options = options
    for (const port of model.state) {
      this.#current.set(port.name, tensorOf(port, initialState(port)))
      if (this.#onCpu && port.changes && !port.inPlace)
        this.#spare.set(port.name, tensorOf(port, allocate(port.dtype, sizeOf(port.shape))))
    }
  }

  get #onCpu(): boolean {
    return this.model.target === 'cpu'
  }

  run(inputs: Readonly<Record<string, Data | NdArray>> = {}): Promise<Record<string, NdArray>> {
    return this.#queued(() => this.#run(inputs))
  }

  async #run(inputs: Readonly<Record<string, Data | NdArray>>): Promise<Record<string, NdArray>> {
    const { model } = this
    const feeds: Record<string, OnnxValue> = {}
    for (const port of model.inputs) feeds[port.name] = tensorOf(port, checked(port, inputs[port.name]))
    for (const port of model.state) feeds[port.input] = this.#held(this.#current, port.name)

    // Given buffers are written in place: without them every output would be copied out of ONNX Runtime's arena.
    const fetches: Record<string, OnnxValue | null> = {}
    for (const port of model.outputs) {
      fetches[port.name] = this.#onCpu ? tensorOf(port, allocate(port.dtype, sizeOf(port.shape))) : null
    }
    const changing = model.state.filter(({ changes }) => changes)
    for (const { name, inPlace } of changing)
      fetches[`next:${name}`] =
        this.#onCpu && inPlace ? this.#held(this.#current, name) : (this.#spare.get(name) ?? null)
    const results = await this.#session.run(feeds, fetches)

    for (const port of changing) {
      const before = this.#held(this.#current, port.name)
      this.#current.set(port.name, results[`next:${port.name}`])
      if (!this.#onCpu) before.dispose()
      else if (!port.inPlace) this.#spare.set(port.name, before)
    }
    return Object.fromEntries(
      model.outputs.map((port) => [port.name, ndarray(dataOf(results[port.name]), port.shape)]),
    )
  }

  readState(name: string): Promise<Data> {
    return this.#queued(async () => {
      const value = this.#held(this.#current, name)
      return value.location === 'cpu' || value.location === 'none'
        ? dataOf(value).slice()
        : this.#download(name, value)
    })
  }

  writeState(name: string, data: Data): Promise<void> {
    return this.#queued(() => {
      const before = this.#held(this.#current, name)
      const port = this.model.state.find((entry) => entry.name === name)
      if (port) this.#current.set(name, tensorOf(port, checked(port, data, 'state').slice()))
      if (!this.#onCpu) before.dispose()
      return Promise.resolve()
    })
  }

  dispose(): Promise<void> {
    if (this.#disposed) return this.#disposed
    const end = async () => {
      for (const value of this.#current.values()) if (!this.#onCpu) value.dispose()
      this.#current.clear()
      this.#spare.clear()
      await this.#session.release()
    }
    const disposed = this.#turn.then(end, end)
    this.#disposed = disposed
    return disposed
  }

  #held(values: Map<string, OrtTensor>, name: string): OrtTensor {
    const value = values.get(name)
    if (!value)
      throw new RangeError(`no state '${name}'; there is ${[...values.keys()].join(', ') || 'none'}`)
    return value
  }

  /** ONNX Runtime for Node cannot map a GPU buffer, but a session may write its output to the CPU. */
  async #download(name: string, value: OrtTensor): Promise<Data> {
    const { shape, dtype } = this.model.state.find((entry) => entry.name === name) ?? {
      shape: [],
      dtype: 'float32' as const,
    }
    const x = input('x', shape, dtype)
    const copy = encode({ inputs: [x], outputs: { y: mul(x, 1) } }, this.model.target)
    const session = await platform.createSession(copy.bytes, ortOptions(copy, this.#options))
    const { y } = await session.run({ x: value })
    const data = dataOf(y).slice()
    await session.release()
    return data
  }

  #queued<T>(job: () => Promise<T>): Promise<T> {
    if (this.#disposed) return Promise.reject(new Error('the program is disposed'))
    const result = this.#turn.then(job, job)
    this.#turn = result
    return result
  }
}

/** Makes the session; the error of an unavailable device is ONNX Runtime's own, shortened to one line. */
export async function loadProgram(model: Model, options: SessionOptions = {}): Promise<Program> {
  const create = () => platform.createSession(model.bytes, ortOptions(model, options))
  try {
    const session = await (model.target === 'webgpu' ? platform.quietly(create) : create())
    return new SessionProgram(model, session, options)
  } catch (error) {
    throw new Error(oneLine(error), { cause: error })
  }
}
