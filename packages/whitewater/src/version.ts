// Which version of this package this is: reports and exported files state it.
import { createRequire } from 'node:module'

const facts = createRequire(import.meta.url)('whitewater/package.json') as { version: string } // what npm requires of it

export const { version } = facts
