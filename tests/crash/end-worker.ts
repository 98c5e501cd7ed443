// Preloaded into the product: SIGUSR2 terminates the Worker of the account that the file in CRASH_WORKER_FILE names.
import { readFileSync } from 'node:fs'

const file = process.env.CRASH_WORKER_FILE
const workers = new Map<string, Worker>()

/** The Worker as it is, but known by its account from its first command on. */
class KnownWorker extends Worker {
  override postMessage(message: { name?: string; ask?: { accountId?: string } }): void {
    if (message.name === 'start' && message.ask?.accountId) workers.set(message.ask.accountId, this)
    super.postMessage(message)
  }
}

if (file && Bun.isMainThread) {
  globalThis.Worker = KnownWorker as typeof Worker
  process.on('SIGUSR2', () => workers.get(readFileSync(file, 'utf8'))?.terminate())
}
