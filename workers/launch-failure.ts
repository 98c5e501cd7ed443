// Why a browser did not start: over the pipe the launch only says that its target closed.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browserEnvironment } from './browser-environment.ts'
import { killBrowsersOf } from './browser-left.ts'
import { detailOf, within } from './deadline.ts'
import type { Browser } from './protocol.ts'

const TRIAL_MS = 5_000

/** Whether the browser was started and its end of the pipe closed before it had said anything. */
export function endedAtOnce(error: unknown): boolean {
  return /target closed|failed to launch|connection closed/i.test(detailOf(error))
}

/** Starts the browser once more, on a throw-away profile and without us, and reads what it complains of. */
export async function explainLaunchFailure(browser: Browser, error: unknown): Promise<string> {
  const told = detailOf(error)
  if (!endedAtOnce(error)) return told
  const profile = await mkdtemp(join(tmpdir(), 'botwave-trial-'))
  try {
    const flags = [...browser.flags, '--headless', `--user-data-dir=${profile}`, '--dump-dom', 'about:blank']
    const trial = Bun.spawn([browser.executable, ...flags], {
      env: browserEnvironment(browser, profile),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TRIAL_MS,
      killSignal: 'SIGKILL',
    })
    // What it started may hold its output open after it.
    const said = await within(TRIAL_MS + 1_000, 'trial', new Response(trial.stderr).text())
    await trial.exited
    const complaints = said.split('\n')
    // Everything above FATAL is noise of a browser without a desktop.
    const fatal = complaints.find((line) => /FATAL|error while loading|cannot|no usable sandbox/i.test(line))
    const reason = fatal?.replace(/^\[.*?\]\s*/, '').trim()
    if (reason) return reason
    // Ended by us, or in good order: this time it did start.
    const ran = trial.signalCode === 'SIGKILL' || trial.exitCode === 0
    if (ran) return 'the browser ended twice while it started, though alone it runs'
    return `the browser ended at once, with code ${trial.exitCode ?? trial.signalCode ?? 'unknown'}`
  } catch (failure) {
    return detailOf(failure)
  } finally {
    await killBrowsersOf(profile)
    await rm(profile, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  }
}
