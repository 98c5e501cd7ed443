// Tells the owners of accounts that need them, once, and once more when it is over: an event (and so webhooks) and a mail.
import type { Sql } from 'postgres'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import type { Mailer } from '../mail.ts'
import { type AlertStep, nextAlertStep } from '../rules/account-alert.ts'
import { explainAccount } from '../rules/account-reasons.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { oneLine } from '../rules/one-line.ts'
import {
  type Candidate,
  closeAlert,
  forgetTrouble,
  listCandidates,
  noteReady,
  openAlert,
  watchTrouble,
} from './store.ts'

export interface AlertParts {
  sql: Sql
  hub: Hub
  log: Log
  mailer: Pick<Mailer, 'send'>
  /** What the link in a mail starts with. */
  url: () => string
}

const LOOK_ROUND_MS = 5_000

/** One look at every account. Tests call this with a clock of theirs; the interval below does nothing else. */
export async function runAlerts(parts: AlertParts, nowMs: number): Promise<void> {
  for (const account of await listCandidates(parts.sql)) {
    const known = account.known_since && {
      sinceMs: account.known_since.getTime(),
      code: account.code,
      readySinceMs: account.ready_since?.getTime() ?? null,
    }
    const step = nextAlertStep({ ...account, sinceMs: account.since.getTime() }, known, nowMs)
    if (step) await take(parts, account, step)
  }
}

async function take({ sql, hub, log, mailer, url }: AlertParts, account: Candidate, step: AlertStep) {
  switch (step.do) {
    case 'watch':
      return watchTrouble(sql, account, new Date(step.sinceMs))
    case 'note_ready':
      return noteReady(sql, account.id, step.readySinceMs === null ? null : new Date(step.readySinceMs))
    case 'forget':
      return forgetTrouble(sql, account.id)
    case 'tell': {
      const { code, sinceMs } = step
      const { message } = explainAccount(account.state, account.reason, account.proxy_server)
      const alert = { code, since: new Date(sinceMs), message }
      hub.publish(await sql.begin((tx) => openAlert(tx, account, alert)))
      log.warn({ account_id: account.id, alert: code }, 'an account needs its owner')
      return mailer.send({
        to: account.email,
        subject: `BotWave: ${oneLine(account.name)} needs you`,
        text: [message ?? 'It is not connected.', '', `Since ${alert.since.toUTCString()}.`, url()].join(
          '\n',
        ),
      })
    }
    case 'tell_well':
      hub.publish(await sql.begin((tx) => closeAlert(tx, account)))
      log.info({ account_id: account.id }, 'an account is well again')
      return mailer.send({
        to: account.email,
        subject: `BotWave: ${oneLine(account.name)} is connected again`,
        text: ['It is ready, and what waited goes out.', '', url()].join('\n'),
      })
  }
}

/** Looks now and then, and whenever an account moves; the returned function ends that. */
export function startAlertWatch(parts: AlertParts): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  const look = () => {
    again = running !== null
    running ??= runAlerts(parts, Date.now())
      .catch((error) => {
        if (!isDatabaseTrouble(error)) parts.log.warn({ err: error }, 'a look at the accounts failed')
      })
      .finally(() => {
        running = null
        if (again) look()
      })
  }
  const timer = setInterval(look, LOOK_ROUND_MS)
  const unsubscribe = parts.hub.subscribe(({ type }) => {
    if (type === 'account.state') look()
  })
  return async () => {
    clearInterval(timer)
    unsubscribe()
    again = false
    await running
  }
}
