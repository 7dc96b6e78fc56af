// Facts that reports state: which version of this package, on what machine.
import { availableParallelism } from 'node:os'

export { version } from '../version.ts'

export const machine = `${process.platform} ${process.arch}, ${availableParallelism()} threads, Node ${process.versions.node}`
