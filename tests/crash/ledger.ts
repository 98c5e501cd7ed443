// What was asked and answered, and whether the database and the wire agree with it afterwards.
import type { Choice, Stage } from './stage.ts'

export interface Entry {
  round: number
  accountId: string
  text: string
  /** The HTTP status, or null where no answer came. */
  status: number | null
  /** The message's id, when it was accepted. */
  id: string | null
}

interface Row {
  id: string
  account_id: string
  message_body: string
  status: string
  reason: string | null
  whatsapp_id: string | null
  attempts: number
}

interface WireEntry {
  id: string
  from: string
  text: string
  arrivals: number
}

/** Every sentence is a broken promise. `orphans`: texts of which only the wire knows, because their page was killed so. */
export async function judge(stage: Stage, entries: Entry[], orphans: Set<string>): Promise<string[]> {
  const broken: string[] = []
  const texts = entries.map(({ text }) => text)
  const rows = await stage.sql<Row[]>`
    select id, account_id, message_body, status, reason, whatsapp_id, attempts from message_logs
    where direction = 'out' and message_body = any(${texts})`
  const wire = (await stage.whatsapp.wire()) as WireEntry[]
  const onWire = Map.groupBy(wire, ({ text }) => text)
  const inTable = Map.groupBy(rows, ({ message_body }) => message_body)
  const choices = new Map<string, Choice>(stage.accounts.map(({ id, choice }) => [id, choice]))

  for (const { round, text, status, id } of entries) {
    const say = (what: string) => broken.push(`round ${round}, “${text}”: ${what}`)
    const [row, ...more] = inTable.get(text) ?? []
    if (more.length > 0) say(`${more.length + 1} rows for one request`)
    if (status !== null && status >= 300 && status !== 503) say(`answered ${status}`)
    if (id !== null && row?.id !== id) say('answered 2xx and not in the table')
    const sent = onWire.get(text) ?? []
    if (sent.length > 1) say(`on the wire ${sent.length} times`)
    if (!row) {
      if (sent.length > 0) say('on the wire and not in the table')
      continue
    }
    judgeRow(row, sent[0], choices.get(row.account_id) ?? 'hold', orphans.has(text), say)
  }
  return broken
}

/** A settled message against the wire. */
function judgeRow(
  row: Row,
  sent: WireEntry | undefined,
  choice: Choice,
  isOrphan: boolean,
  say: (what: string) => void,
): void {
  const { status, reason, attempts, whatsapp_id } = row
  const told = `${status}${reason ? ` (${reason})` : ''} after ${attempts} hand-overs`
  if (sent && sent.id !== whatsapp_id) say(`on the wire as ${sent.id}, in the table as ${whatsapp_id}`)
  // WhatsApp Web itself repeats what had no ack before its page was loaded again: only one hand-over of ours, then.
  if (sent && sent.arrivals > 1 && attempts > 1 && choice !== 'resend')
    say(`id on the wire ${sent.arrivals} times, ${told}`)
  switch (status) {
    case 'sent':
    case 'delivered':
    case 'read':
      return sent ? undefined : say(`${told}, and never on the wire`)
    case 'uncertain':
      if (choice !== 'hold') return say(`${told}, though its owner chose ${choice}`)
      return sent && !isOrphan ? say(`${told}, though WhatsApp has it`) : undefined
    case 'failed':
      if (reason === 'dropped' && choice === 'drop') return
      return say(told)
    default:
      return say(`not settled: ${told}`)
  }
}

/** How many messages of each account came into doubt since `since`: one hand-over at a time means one at most. */
export async function judgeDoubts(stage: Stage, since: Date): Promise<string[]> {
  const doubts = await stage.sql<{ account_id: string; count: number }[]>`
    select account_id, count(distinct message_id)::int as count from events
    where type = 'message.status' and at >= ${since}
      and (data->>'status' = 'uncertain' or data->>'reason' = 'dropped')
    group by account_id`
  return doubts
    .filter(({ count }) => count > 1)
    .map(({ account_id, count }) => `${count} messages of account ${account_id} in doubt after one strike`)
}
