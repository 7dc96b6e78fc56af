// Where things are kept that can be had again: downloads, and networks that are trained by a recipe.
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder of `$WHITEWATER_CACHE`, else of `$XDG_CACHE_HOME/whitewater`, else of `~/.cache/whitewater`. */
export const cacheFolder = (...parts: string[]): string =>
  join(
    process.env.WHITEWATER_CACHE ??
      join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'whitewater'),
    ...parts,
  )
