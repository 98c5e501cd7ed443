// Runs a command of minutes that a person may interrupt: whatever it started is ended first.
import { closeStages } from './stage.ts'

/** Ends the process with the code that `work` answers; 130 after Ctrl-C or SIGTERM, when nothing is left. */
export async function runInterruptibly(work: () => Promise<number>): Promise<never> {
  let ending: Promise<never> | null = null
  const end = () => {
    // What was under way fails now, also where nobody waits for it.
    process.on('unhandledRejection', () => {})
    ending ??= closeStages().then(() => process.exit(130))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  const code = await work().catch(async (error) => {
    await ending
    console.error(error)
    return 1
  })
  await ending
  process.exit(code)
}
