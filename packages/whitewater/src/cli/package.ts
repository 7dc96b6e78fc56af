// Facts that reports state: which version of this package, on what machine.
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'

const facts = createRequire(import.meta.url)('whitewater/package.json') as { version: string }

export const version = facts.version

export const machine = `${process.platform} ${process.arch}, ${availableParallelism()} threads, Node ${process.versions.node}`
