// Whitewater's own implementation of each case, run in a child process like any peer. An entry builds the program and returns
//   step()    one whole step of the case; its promise resolves when the result is ready
//   dispose() frees what the case holds
//   check()   optional: the loss of the last step (mean square of the samples for the sampling case), which the
//             runner compares with the peers'; parameters and inputs come from harness/parameters.js, seeds as in peers/

/** Version and thread count to print; filled in with the cases. */
export const about = { version: 'unreleased', threads: undefined }

/** @type {Record<string, () => Promise<{ step(): Promise<void>, dispose(): Promise<void>, check?(): Promise<number> }>>} */
export const cases = {}
