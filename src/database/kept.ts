// Keeps our own PostgreSQL running: started again when it ended without being asked to.
import { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts'

export interface KeptEmbedded {
  socketDir: string
  /** As `Embedded.stop`. */
  stop(graceMs?: number): Promise<void>
}

/** So many starts in a row that fail, and the program should rather end and be started anew by its supervisor. */
const TRIES = 5
/** One that lived longer than this did not end for what ended the one before. */
const STEADY_MS = 60_000

/** How long a start under way is waited for when all is to end. */
const RESTART_MS = 12_000

/** `onLost` is called once when it cannot be kept running. Rejects as `startEmbedded` does. */
export async function keepEmbedded(
  options: EmbeddedOptions,
  onLost: (reason: string) => void,
): Promise<KeptEmbedded> {
  const { log } = options
  let server: Embedded = await startEmbedded(options)
  let stopping = false
  const { promise: stopped, resolve: giveUpWaiting } = Promise.withResolvers<void>()

  async function keep(): Promise<void> {
    for (let tries = 0; ; ) {
      const startedAt = performance.now()
      await server.ended
      if (stopping) return
      if (performance.now() - startedAt > STEADY_MS) tries = 0
      for (;;) {
        if (++tries > TRIES) return onLost('the embedded PostgreSQL ends again and again')
        log.error({ tries }, 'the embedded PostgreSQL ended and is started again')
        // Where its shell was killed, the reader of our pipe lives on and ends what is left of it.
        await server.stop()
        try {
          server = await startEmbedded({ ...options, progress: () => {} })
          break
        } catch (error) {
          log.error({ err: error }, 'the embedded PostgreSQL could not be started again')
          await Promise.race([stopped, Bun.sleep(1_000 * tries)])
          if (stopping) return
        }
      }
      // Asked to stop in the middle of a start.
      if (stopping) return server.stop()
    }
  }

  const keeping = keep()
  return {
    socketDir: server.socketDir,
    async stop(graceMs) {
      stopping = true
      giveUpWaiting()
      await server.stop(graceMs)
      // One that is just being started again ends with our pipe at the latest.
      await Promise.race([keeping, Bun.sleep(graceMs ?? RESTART_MS)])
    },
  }
}
