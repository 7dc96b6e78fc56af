// Facts that reports state: which version of this package, on what machine.
import { machineText } from '@whitewater/tensor'

export { version } from '../version.ts'

export const machine = machineText()
