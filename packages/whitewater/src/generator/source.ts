// The `data` entry of a configuration, where most of its users look for it.
export { absoluteSource, loadSource, sourceSchema, type Source } from '../data/source.ts'
