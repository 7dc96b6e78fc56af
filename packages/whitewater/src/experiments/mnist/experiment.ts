// Latent MNIST (Table 1, Fig. 8a, 10): what each preconditioner, and each known part of the velocity, does to the quality of generated
// digits, at equal steps and at equal time.
import { sharingExperiment, type Cell, type Request } from '../runner/experiment.ts'
import { seedsFor, settingsOf, type MnistSettings } from './budgets.ts'
import { onLatents } from './on-latents.ts'
import { presentMnist } from './report.ts'
import { rowsNamed, type Row } from './rows.ts'

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
  ...onLatents,
  name: 'mnist',
  title: 'Latent MNIST under each preconditioner',
  about: 'FID and MMD of generated digits, at equal steps and at equal time (Table 1, Fig. 8a, 10)',
  choices: ['budget', 'field', 'epochs', 'rows', 'prepared'],
  grid,
  present: presentMnist,
})
