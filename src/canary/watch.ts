// Sends the canary once an hour and tells when it is not acknowledged, when WhatsApp Web changed, and when it is well.
import type { Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { Tx } from '../database/connect.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Log } from '../log.ts'
import type { Mailer } from '../mail.ts'
import {
  CANARY_ACK_MS,
  CANARY_EVERY_MS,
  type CanaryStep,
  type CanaryTrouble,
  nextCanaryStep,
} from '../rules/canary.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { oneLine } from '../rules/one-line.ts'
import { type Canary, closeCanary, findCanary, noteAsked, tellCanary, tellCanaryWell } from './store.ts'

/** A message of the program's own, from an account to itself. */
export interface CanaryMessage {
  id: string
  userId: string
  accountId: string
  /** As people write it. */
  number: string
  chatId: string
  text: string
  expiresAt: Date
}

export interface CanaryParts {
  sql: Sql
  hub: Hub
  log: Log
  mailer: Pick<Mailer, 'send'>
  /** What the link in a mail starts with. */
  url: () => string
  /** Of an account that may send now; null for any other. */
  readyPage: (accountId: string) => { webVersion: string | null } | null
  /** Puts it into the account's queue. */
  queue: (tx: Tx, message: CanaryMessage) => Promise<EventRow | null>
  /** The outbox looks for a canary of this account. */
  wake: (accountId: string) => void
}

export interface CanaryWatch {
  /** One look at the time it is given; the interval gives the real one, tests another. */
  look(nowMs: number): Promise<void>
  stop(): Promise<void>
}

const LOOK_ROUND_MS = 5_000

/** Takes steps until none is due. */
export async function runCanary(parts: CanaryParts, nowMs: number): Promise<void> {
  for (;;) {
    const canary = await findCanary(parts.sql)
    if (!canary) return
    const { account_id, asked_at, status, phone, new_chats_refused_at, web_version, told, next_at } = canary
    const page = parts.readyPage(account_id)
    const step = nextCanaryStep(
      {
        maySend: page !== null && phone !== null && new_chats_refused_at === null,
        webVersion: page?.webVersion ?? null,
        knownVersion: web_version,
        nextAtMs: next_at.getTime(),
        open: asked_at && { askedAtMs: asked_at.getTime(), status },
        told,
      },
      nowMs,
    )
    // After a start of the program nobody else knows that one waits.
    if (!step && status === 'queued') parts.wake(account_id)
    if (!step || !(await take(parts, canary, step, nowMs))) return
  }
}

/** False where somebody chose otherwise meanwhile. */
async function take(parts: CanaryParts, canary: Canary, step: CanaryStep, nowMs: number): Promise<boolean> {
  const { sql, log, readyPage } = parts
  switch (step.do) {
    case 'send':
      return send(parts, canary, nowMs)
    case 'close':
      await closeCanary(sql, canary)
      return true
    case 'tell': {
      const message = explain(step.code, canary, readyPage(canary.account_id)?.webVersion ?? null)
      await tell(parts, canary, step.code, (tx) => tellCanary(tx, canary, { code: step.code, message }))
      log.warn({ ...idsOf(canary), alert: step.code }, 'the canary is in trouble')
      sendMail(parts, canary, 'the canary is in trouble', message)
      return true
    }
    case 'tell_well':
      await tell(parts, canary, 'canary_well', (tx) => tellCanaryWell(tx, canary))
      log.info(idsOf(canary), 'the canary is well again')
      sendMail(parts, canary, 'the canary is well again', 'Its last test message was acknowledged in time.')
      return true
  }
}

async function send(parts: CanaryParts, canary: Canary, nowMs: number): Promise<boolean> {
  const { sql, hub, log, readyPage, queue, wake } = parts
  const { account_id: accountId, user_id: userId, phone } = canary
  const at = new Date(nowMs)
  const message: CanaryMessage = {
    id: Bun.randomUUIDv7(),
    userId,
    accountId,
    number: `+${phone}`,
    chatId: `${phone}@c.us`,
    text: `BotWave canary, ${at.toISOString()}`,
    expiresAt: new Date(nowMs + CANARY_ACK_MS),
  }
  const webVersion = readyPage(accountId)?.webVersion ?? null
  const asked = { messageId: message.id, at, nextAt: new Date(nowMs + CANARY_EVERY_MS), webVersion }
  const event = await sql.begin(async (tx) =>
    (await noteAsked(tx, canary, asked)) ? queue(tx, message) : null,
  )
  if (!event) return false
  hub.publish([event])
  log.info({ ...idsOf(canary), message_id: message.id, web_version: webVersion }, 'a canary goes out')
  wake(accountId)
  return true
}

/** The event and its activity are one transaction; listeners hear after it. */
async function tell(
  { sql, hub }: CanaryParts,
  { account_id, user_id: userId, email: userEmail }: Canary,
  alert: string,
  record: (tx: Tx) => Promise<EventRow[]>,
): Promise<void> {
  const events = await sql.begin(async (tx) => {
    const details = { account_id, alert }
    await recordActivity(tx, { userId, userEmail, action: 'account.canary', details, ip: null })
    return record(tx)
  })
  hub.publish(events)
}

function sendMail({ mailer, url }: CanaryParts, { email, name }: Canary, what: string, message: string) {
  mailer.send({
    to: email,
    subject: `BotWave: ${oneLine(name)}: ${what}`,
    text: [message, '', url()].join('\n'),
  })
}

function explain(code: CanaryTrouble, { web_version }: Canary, now: string | null): string {
  return code === 'canary_silent'
    ? `Its hourly test message to itself was not acknowledged by WhatsApp within ${CANARY_ACK_MS / 1000} seconds.`
    : `WhatsApp Web changed from version ${web_version} to ${now} since the last test message.`
}

function idsOf({ account_id, message_id }: Canary) {
  return { account_id, ...(message_id ? { message_id } : {}) }
}

/** Looks now and then. */
export function startCanaryWatch(parts: CanaryParts): CanaryWatch {
  // One look after the other, whoever asks.
  let last: Promise<void> = Promise.resolve()
  let isLooking = false
  const look = (nowMs: number) => {
    const looked = last.then(() => runCanary(parts, nowMs))
    last = looked.catch(() => {})
    return looked
  }
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    look(Date.now())
      .catch((error) => {
        if (!isDatabaseTrouble(error)) parts.log.warn({ err: error }, 'a look at the canary failed')
      })
      .finally(() => {
        isLooking = false
      })
  }, LOOK_ROUND_MS)
  return {
    look,
    async stop() {
      clearInterval(timer)
      await last
    },
  }
}
