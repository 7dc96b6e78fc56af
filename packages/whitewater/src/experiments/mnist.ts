// Latent MNIST (Table 1, Fig. 8a, 10): what each preconditioner, and each known part of the velocity, does to the quality of generated
// digits, at equal steps and at equal time.
import { sharingExperiment, type Cell, type Request } from './experiment.ts'
import { planOf, seedsFor, settingsOf, type MnistSettings } from './mnist/budgets.ts'
import { measure } from './mnist/measure.ts'
import { prepare } from './mnist/prepare.ts'
import { presentMnist } from './mnist/report.ts'
import { preparedSchema, resultSchema } from './mnist/result.ts'
import { rowsNamed, type Row } from './mnist/rows.ts'
import { checkTerms } from './mnist/terms.ts'

/** Every row with the first seed, then with the next: a grid that is stopped has whole tables. */
function grid(request: Request): Cell<MnistSettings>[] {
  const rows = rowsNamed(request.rows).map((row) => ({ row, settings: settingsOf(request, row) }))
  const wanted = (row: Row, seed: number) => seed === 0 || request.seeds !== undefined || !row.once
  return seedsFor(request).flatMap((seed) =>
    rows
      .filter(({ row }) => wanted(row, seed))
      .map(({ row, settings }) => ({
        name: `${row.name}_${settings.field.kind}_${settings.epochs}-epochs_seed-${seed}`,
        seed,
        settings,
      })),
  )
}

export const mnist = sharingExperiment({
  name: 'mnist',
  title: 'Latent MNIST under each preconditioner',
  about: 'FID and MMD of generated digits, at equal steps and at equal time (Table 1, Fig. 8a, 10)',
  takesData: true,
  ownData: 'mnist',
  choices: ['budget', 'field', 'epochs', 'rows'],
  grid,
  prepare: (request, measuring) => prepare(planOf(request), measuring),
  prepared: preparedSchema,
  measure,
  result: resultSchema,
  check: checkTerms,
  present: presentMnist,
})
