// Facts of this package.
import { createRequire } from 'node:module'

const facts = createRequire(import.meta.url)('whitewater/package.json') as { version: string }

export const version = facts.version
