// Which version of this package this is: reports and exported files state it.
import facts from '../package.json' with { type: 'json' }

export const { version } = facts
