#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(main)) await import(main.href)
else {
  process.stderr.write('whitewater is not built yet: run `npm run setup` in the checkout first.\n')
  process.exitCode = 1
}
