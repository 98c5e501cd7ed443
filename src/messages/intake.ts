// Lets messages of one person that arrive at the same moment share a transaction: under load one commit serves many.
import type { AsPerson } from '../database/tenancy.ts'
import { type NewMessage, type Queued, queueMessages } from './queue.ts'

export interface Intake {
  /** Resolves when the message is committed, or was refused by what is in the tables. */
  queue(message: NewMessage): Promise<Queued>
}

interface Waiting {
  message: NewMessage
  resolve: (queued: Queued) => void
  reject: (error: unknown) => void
}

interface Line {
  waiting: Waiting[]
  /** Transactions under way. */
  running: number
}

/** Of one person at once: while these are under way, what comes gathers for the next. */
const TRANSACTIONS = 2
const BATCH = 50

export function createIntake(asPerson: AsPerson): Intake {
  const lines = new Map<string, Line>()

  function run(userId: string, line: Line): void {
    if (line.running >= TRANSACTIONS) return
    if (line.waiting.length === 0) {
      if (line.running === 0) lines.delete(userId)
      return
    }
    line.running++
    void commit(asPerson, userId, takeBatch(line)).then(() => {
      line.running--
      run(userId, line)
    })
  }

  return {
    queue(message) {
      const line = lines.get(message.userId) ?? { waiting: [], running: 0 }
      lines.set(message.userId, line)
      return new Promise((resolve, reject) => {
        line.waiting.push({ message, resolve, reject })
        run(message.userId, line)
      })
    },
  }
}

/** The first ones; the same key twice is for two transactions, so that the second sees the first. */
function takeBatch(line: Line): Waiting[] {
  const keys = new Set<string>()
  const batch: Waiting[] = []
  const later: Waiting[] = []
  for (const one of line.waiting) {
    const key = one.message.once?.key
    if (batch.length >= BATCH || (key && keys.has(key))) {
      later.push(one)
      continue
    }
    if (key) keys.add(key)
    batch.push(one)
  }
  line.waiting = later
  return batch
}

/** Never rejects: each message has its own answer. */
async function commit(asPerson: AsPerson, userId: string, batch: Waiting[]): Promise<void> {
  try {
    const messages = batch.map(({ message }) => message)
    const queued = await asPerson(userId, (tx) => queueMessages(tx, userId, messages))
    for (const [at, { resolve }] of batch.entries()) resolve(queued[at]!)
  } catch (error) {
    // What the database refuses of one must not be the others' fault; nothing of them was written.
    if (batch.length > 1 && isRefusal(error)) {
      for (const one of batch) await commit(asPerson, userId, [one])
      return
    }
    for (const { reject } of batch) reject(error)
  }
}

/** PostgreSQL's classes 22 (data), 23 (constraints), 54 (limits): the same statement would fail again. */
function isRefusal(error: unknown): boolean {
  return /^(22|23|54)/.test((error as { code?: string }).code ?? '')
}
