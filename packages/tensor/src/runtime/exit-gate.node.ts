// ONNX Runtime for Node aborts the process when a thread is ended inside a run. So a process that exits waits at this gate,
// which both threads see, until the running call has returned, and keeps further calls from starting.

const RUNNING = 0
const CLOSED = 1

/** The longest a process may be held up at exit. */
const PATIENCE_MILLISECONDS = 30_000

export class ExitGate {
  readonly #flags: Int32Array

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.#flags = new Int32Array(memory)
  }

  /** Does the work; once the gate is closed, nothing, for good. */
  async pass(work: () => Promise<void>): Promise<void> {
    Atomics.add(this.#flags, RUNNING, 1)
    try {
      if (Atomics.load(this.#flags, CLOSED) === 0) await work()
    } finally {
      Atomics.sub(this.#flags, RUNNING, 1)
      Atomics.notify(this.#flags, RUNNING)
    }
  }

  /** Blocks this thread until nothing passes. */
  close(): void {
    Atomics.store(this.#flags, CLOSED, 1)
    const end = performance.now() + PATIENCE_MILLISECONDS
    for (;;) {
      const running = Atomics.load(this.#flags, RUNNING)
      const left = end - performance.now()
      if (running === 0 || left <= 0) return
      Atomics.wait(this.#flags, RUNNING, running, left)
    }
  }
}
