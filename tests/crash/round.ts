// One round: load, a strike in the middle of it, the way back, the verdict.
import { isDatabaseTrouble } from '../../src/rules/database-trouble.ts'
import type { Chance } from './chance.ts'
import { type Entry, judge, judgeDoubts } from './ledger.ts'
import type { Account, Stage } from './stage.ts'
import type { Strike } from './strikes.ts'

export interface RoundResult {
  strike: string
  victim: string
  entries: Entry[]
  /** Broken promises, in words. */
  broken: string[]
  /** The product ended by itself and was started again, as supervisord would. */
  endedByItself: boolean
  backMs: number
  /** What was still open after `SLOW_MS`, when it took longer. */
  slow: string | null
}

const POINT_LIMIT_MS = 45_000
const BACK_LIMIT_MS = 90_000
const GONE_LIMIT_MS = 5_000
const ANSWER_LIMIT_MS = 20_000
const PATIENCE_MS = 10_000
const SLOW_MS = 10_000

export interface RoundParts {
  stage: Stage
  chance: Chance
  number: number
  strike: Strike
  /** Texts of which only the wire knows; this round's is added. */
  orphans: Set<string>
}

export async function playRound({
  stage,
  chance,
  number,
  strike,
  orphans,
}: RoundParts): Promise<RoundResult> {
  const broken: string[] = []
  const victim = chance.one(stage.accounts)
  const marked = { text: `round ${number} marked`, to: recipient(chance) }
  const [since] = await patiently(() => stage.sql<{ now: Date }[]>`select clock_timestamp() as now`)
  const loads = await openLoads(stage)
  if (strike.name.includes('only the wire')) orphans.add(marked.text)

  const blow = await patiently(() => strike.arm({ stage, victim, chance, marked }))
  const load = playLoad(stage, chance, number, { ...marked, victim }, broken)
  const late = Bun.sleep(POINT_LIMIT_MS).then(() => 'late' as const)
  // A blow may fail where its victim was quicker: then there is nothing left to strike.
  const struck = await Promise.race([blow().catch((error: Error) => error), late])
  if (struck === 'late') broken.push(`the point was not reached in ${POINT_LIMIT_MS} ms`)
  if (struck instanceof Error) broken.push(`the strike failed: ${struck.message}`)
  const struckAt = performance.now()

  if (strike.endsServer) {
    broken.push(...(await untilNothingLeft(stage)))
    // Who asked in vain meanwhile has its answer: none.
    await stage.start()
  } else if (!strike.name.includes('database')) {
    broken.push(...(await untilClosed(stage, loads.get(victim.number))))
  }
  const { entries, endedByItself, slow } = await comeBack(stage, load, broken, orphans)
  const backMs = performance.now() - struckAt
  broken.push(...(await patiently(() => judge(stage, entries, orphans))))
  broken.push(...(await patiently(() => judgeDoubts(stage, since!.now))))
  return { strike: strike.name, victim: victim.number, entries, broken, endedByItself, backMs, slow }
}

/** A database that starts anew refuses us for a moment, too. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(PATIENCE_MS)
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (limit.aborted || !isDatabaseTrouble(error)) throw error
      await Bun.sleep(50)
    }
  }
}

/** Few people, so that their messages queue behind each other. German numbers kept for films. */
function recipient(chance: Chance): string {
  return `+4917139200${chance.whole(10, 15)}`
}

/** The marked message first, alone; then more for everybody, a few at a time. */
async function playLoad(
  stage: Stage,
  chance: Chance,
  round: number,
  marked: { text: string; to: string; victim: Account },
  broken: string[],
): Promise<Entry[]> {
  const send = async (account: Account, to: string, text: string): Promise<Entry> => {
    const asked = stage
      .call('POST', '/api/messages/send', { account_id: account.id, number: to, message: text })
      .catch(() => null)
    const answer = await Promise.race([asked, Bun.sleep(ANSWER_LIMIT_MS).then(() => 'late' as const)])
    if (answer === 'late') broken.push(`no answer within ${ANSWER_LIMIT_MS} ms`)
    const { status = null, body = null } = answer === 'late' || answer === null ? {} : answer
    return { round, accountId: account.id, text, status, id: status === 202 ? body.id : null }
  }
  const plan = Array.from({ length: chance.whole(6, 12) }, (_, at) => ({
    account: chance.one(stage.accounts),
    to: recipient(chance),
    text: `round ${round} message ${at + 1}`,
    waitMs: chance.whole(0, 60),
  }))
  const asked = [send(marked.victim, marked.to, marked.text)]
  for (const { account, to, text, waitMs } of plan) {
    await Bun.sleep(waitMs)
    asked.push(send(account, to, text))
  }
  return Promise.all(asked)
}

/** Page loads that are open now, by number. */
async function openLoads(stage: Stage): Promise<Map<string, string>> {
  const pages = await stage.whatsapp.pages()
  return new Map(pages.filter((page) => page.open && page.number).map((page) => [page.number!, page.load]))
}

async function untilNothingLeft(stage: Stage): Promise<string[]> {
  const limit = AbortSignal.timeout(GONE_LIMIT_MS)
  while (stage.leftProcesses().length > 0) {
    if (limit.aborted) return [`processes left ${GONE_LIMIT_MS} ms after the kill: ${stage.leftProcesses()}`]
    await Bun.sleep(20)
  }
  return []
}

async function untilClosed(stage: Stage, load: string | undefined): Promise<string[]> {
  const limit = AbortSignal.timeout(GONE_LIMIT_MS)
  while ((await stage.whatsapp.pages()).some((page) => page.load === load && page.open)) {
    if (limit.aborted) return [`the page lives on ${GONE_LIMIT_MS} ms after the strike`]
    await Bun.sleep(20)
  }
  return []
}

/** Until every account is ready and every message settled; starts the product again where it ended by itself. */
async function comeBack(
  stage: Stage,
  load: Promise<Entry[]>,
  broken: string[],
  orphans: Set<string>,
): Promise<Pick<RoundResult, 'entries' | 'endedByItself' | 'slow'>> {
  let endedByItself = false
  let slow: string | null = null
  const entries = await load
  const startedAt = performance.now()
  const limit = AbortSignal.timeout(BACK_LIMIT_MS)
  for (let open = 'never asked'; ; await Bun.sleep(50)) {
    if (limit.aborted) {
      broken.push(`not back after ${BACK_LIMIT_MS} ms: ${open}`)
      return { entries, endedByItself, slow }
    }
    if (stage.product!.child.exitCode !== null) {
      endedByItself = true
      broken.push(...(await untilNothingLeft(stage)))
      await stage.start()
    }
    const asked = await whatIsOpen(stage, orphans).catch((error: Error) => error.message)
    if (asked === null) return { entries, endedByItself, slow }
    open = asked
    if (performance.now() - startedAt > SLOW_MS) slow ??= open
  }
}

/** In words, or null when there is nothing. */
async function whatIsOpen(stage: Stage, orphans: Set<string>): Promise<string | null> {
  // The database may be back before the product has noticed: what is sent then is refused, and nothing is struck.
  const { status } = await fetch(`${stage.product!.url}/readyz`)
  if (status !== 200) return `the product answers ${status}`
  const pages = await openLoads(stage)
  const away = stage.accounts.filter(({ number }) => !pages.has(number))
  if (away.length > 0) return `no page of ${away.map(({ number }) => number)}`
  const [account] = await stage.sql`select phone, state, reason from accounts where state <> 'ready' limit 1`
  if (account) return JSON.stringify(account)
  // Time passes quickly here: what is to be tried again later is tried now.
  await stage.sql`update message_logs set not_before = now() where status = 'queued' and not_before > now()`
  const [message] = await stage.sql`
    select message_body, status, reason from message_logs
    where direction = 'out' and status in ('scheduled', 'queued', 'sending') limit 1`
  if (message) return JSON.stringify(message)
  const doubtful = await stage.sql<{ message_body: string; whatsapp_id: string }[]>`
    select message_body, whatsapp_id from message_logs where status = 'uncertain'`
  for (const { message_body, whatsapp_id } of doubtful) {
    if (orphans.has(message_body)) continue
    if ((await stage.whatsapp.wire({ id: whatsapp_id })).length > 0)
      return `“${message_body}” is on the wire and uncertain`
  }
  return null
}
