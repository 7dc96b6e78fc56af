// What the engine uses although ONNX Runtime does not promise it: internal kernels, operators outside the ONNX standard, memory
// that is read and written in one run. Each has a look (look.ts), which takes place before its first use.

export interface Reliance {
  /** What is relied on, as messages call it: 'blocked convolution kernels'. */
  readonly name: string
  /** What programs use without it: 'plain convolutions'. */
  readonly instead: string
}

/** Whether programs may use a thing that is relied on. */
export type Trust = (reliance: Reliance) => boolean

/** Takes ONNX Runtime at its word in everything: for looks, and for files whose kernels are chosen elsewhere. */
export const trustAll: Trust = () => true
