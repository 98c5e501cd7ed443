// Fetches the files that came with messages: after the message itself is kept, one at a time an account.
import type { Sql } from 'postgres'
import type { Commands, FetchedFile } from '../../workers/protocol.ts'
import type { Hub } from '../events/hub.ts'
import { type EventRow, recordEvents } from '../events/record.ts'
import { createFile } from '../files/store.ts'
import type { Log } from '../log.ts'
import type { FileContent } from '../rules/message-content.ts'
import type { Message } from './store.ts'

export interface FetchParts {
  sql: Sql
  hub: Hub
  log: Log
  isReady(accountId: string): boolean
  ask(accountId: string, ask: Commands['fetchFile']['ask'], deadlineMs: number): Promise<FetchedFile>
  shelf: {
    incomingPath(): string
    keep<T>(
      received: { path: string; sha256: string; sizeBytes: number },
      write: () => Promise<T>,
    ): Promise<T>
  }
  maxFileBytes: number
}

export interface FileFetcher {
  /** A message with a file came in, or the account became ready. Cheap. */
  wake(accountId: string): void
  /** Waits for the file under way, at most as long as its Worker lives. */
  stop(): Promise<void>
}

const DEADLINE_MS = 150_000
/** Tries in one run of the program; then it is said that there is none. */
const MAX_TRIES = 3
/** WhatsApp itself forgets files after about two weeks. */
const LOOK_BACK_DAYS = 14

export function createFileFetcher(parts: FetchParts): FileFetcher {
  const passes = new Map<string, { run: Promise<void>; again: boolean }>()
  const tries = new Map<string, number>()
  let stopping = false

  async function pass(accountId: string): Promise<void> {
    const failed: string[] = []
    while (!stopping && parts.isReady(accountId)) {
      const message = await findUnfetched(parts.sql, accountId, failed)
      if (!message) return
      // One that does not go now is left for the next pass, and holds back no other.
      if (!(await fetchOne(message))) failed.push(message.id)
    }
  }

  async function fetchOne(message: Message): Promise<boolean> {
    const { sql, hub, log, ask, shelf, maxFileBytes } = parts
    const path = shelf.incomingPath()
    const about = { account_id: message.account_id, message_id: message.id }
    try {
      const asked = { whatsappId: message.whatsapp_id as string, path, maxBytes: maxFileBytes }
      const fetched = await ask(message.account_id as string, asked, DEADLINE_MS)
      if (!fetched.fetched) {
        const state = fetched.why === 'missing' ? 'failed' : 'too_large'
        hub.publish(await sql.begin((tx) => noteFile(tx, message, { state }, null)))
        return true
      }
      const { sha256, sizeBytes } = fetched
      hub.publish(
        await shelf.keep({ path, sha256, sizeBytes }, () =>
          sql.begin(async (tx) => {
            const { name, mime_type } = message.content.file as FileContent
            const { user_id: userId } = message
            const file = {
              userId,
              sha256,
              name: name?.slice(-255) || null,
              mimeType: mime_type.slice(0, 255),
            }
            const { id } = await createFile(tx, { ...file, sizeBytes, origin: 'whatsapp' })
            return noteFile(tx, message, { state: 'kept', size_bytes: sizeBytes }, id)
          }),
        ),
      )
      tries.delete(message.id)
      return true
    } catch (error) {
      const count = (tries.get(message.id) ?? 0) + 1
      tries.set(message.id, count)
      log.warn({ ...about, err: error }, 'the file of a message could not be fetched')
      if (count < MAX_TRIES || !parts.isReady(message.account_id as string)) return false
      tries.delete(message.id)
      hub.publish(await sql.begin((tx) => noteFile(tx, message, { state: 'failed' }, null)))
      return true
    }
  }

  return {
    wake(accountId) {
      const under = passes.get(accountId)
      if (under) {
        under.again = true
        return
      }
      if (stopping) return
      const mine = { run: Promise.resolve(), again: false }
      passes.set(accountId, mine)
      mine.run = pass(accountId)
        .catch((error) => parts.log.warn({ account_id: accountId, err: error }, 'files are not fetched'))
        .finally(() => {
          passes.delete(accountId)
          if (mine.again) this.wake(accountId)
        })
    },
    async stop() {
      stopping = true
      await Promise.all([...passes.values()].map(({ run }) => run))
    },
  }
}

/** The oldest that waits, except those that failed a moment ago. */
async function findUnfetched(sql: Sql, accountId: string, except: string[]): Promise<Message | null> {
  const [row] = await sql<Message[]>`
    select * from message_logs
    where account_id = ${accountId} and direction = 'in' and content -> 'file' ->> 'state' = 'pending'
      and created_at > now() - make_interval(days => ${LOOK_BACK_DAYS})
      ${except.length > 0 ? sql`and id not in ${sql(except)}` : sql``}
    order by id limit 1`
  return row ?? null
}

async function noteFile(
  sql: Parameters<typeof recordEvents>[0],
  { id, user_id, account_id }: Message,
  change: Partial<FileContent>,
  fileId: string | null,
): Promise<EventRow[]> {
  const rows = await sql`
    update message_logs set file_id = ${fileId},
      content = jsonb_set(content, '{file}', content -> 'file' || ${sql.json(change as never)}::jsonb)
    where id = ${id} and content -> 'file' ->> 'state' = 'pending' returning 1`
  if (rows.length === 0) return []
  const data = { state: change.state as string, file_id: fileId }
  return recordEvents(sql, [
    { userId: user_id, type: 'message.file', accountId: account_id, messageId: id, data },
  ])
}
