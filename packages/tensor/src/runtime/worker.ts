// `openWorker` as the place offers it.
export { openWorker } from '#worker'
export type { EngineWorker } from './remote.ts'
