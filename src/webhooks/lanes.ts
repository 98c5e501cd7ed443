// Tells every endpoint what happened: one lane each, in the order of the events, one delivery at a time. A receiver
// that is slow or dead holds back nobody but itself.
//
// After a crash a lane goes on with what is still `waiting`: a delivery whose answer was not yet written down goes out
// a second time, under the same id.
import type { Sql } from 'postgres'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import type { Outbound } from '../outbound.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { waitMs } from '../rules/webhook-retry.ts'
import type { Vault } from '../vault.ts'
import { createTeller } from './attempt.ts'
import { cloudBodyOf } from './cloud.ts'
import { cancelDelivery, type Due, listDue, removeOldDeliveries } from './deliveries.ts'
import { payloadOf } from './payload.ts'
import { createRecorder } from './recorder.ts'
import { createSlots } from './slots.ts'
import { findTarget, listTargets, type Webhook } from './store.ts'

export interface LanesParts {
  sql: Sql
  hub: Hub
  log: Log
  vault: Vault
  outbound: Outbound
  version: string
}

export interface Lanes {
  /** A webhook was made, changed or removed, or something is to be told again. */
  refresh(): void
  /** Claims nothing new; resolves when the tries under way are written down, or after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

interface Lane {
  id: string
  running: boolean
  again: boolean
  timer: Timer | null
}

/** Of one endpoint at once in memory; their answers are written down together. */
const PAGE = 100
/** The table is the truth: who missed a hint is found by this. */
const LOOK_ROUND_MS = 1_000
const CLEAN_MS = 3_600_000
/** What is settled is kept so long. */
const KEPT_DAYS = 30
/** A transaction under way may still bring an earlier event. */
const UNSETTLED_MS = 10
const PAUSE_MS = 1_000
/** A wait is looked at again at least so often: its owner may have shortened it. */
const LONGEST_NAP_MS = 60_000

export function startLanes(parts: LanesParts): Lanes {
  const { sql, hub, log } = parts
  const recorder = createRecorder({ sql, hub, log, isStopping: () => stopping })
  const slots = createSlots()
  const lanes = new Map<string, Lane>()
  const passes = new Set<Promise<void>>()
  let idsOf = new Map<string, string[]>()
  let stopping = false
  let looking: Promise<void> | null = null

  function wake(id: string): void {
    if (stopping) return
    const lane = lanes.get(id) ?? { id, running: false, again: false, timer: null }
    lanes.set(id, lane)
    if (lane.running) {
      lane.again = true
      return
    }
    if (lane.timer) clearTimeout(lane.timer)
    lane.timer = null
    lane.running = true
    const pass = run(lane).finally(() => passes.delete(pass))
    passes.add(pass)
  }

  async function run(lane: Lane): Promise<void> {
    let napMs: number | null = null
    try {
      do {
        lane.again = false
        napMs = await tellNext(lane.id)
      } while (!stopping && (napMs === 0 || (napMs === null && lane.again)))
    } catch (error) {
      log.warn({ webhook_id: lane.id, err: error }, 'a webhook waits')
      // Else it is a fault that does not pass in a second, such as a secret that does not open.
      napMs = isDatabaseTrouble(error) ? PAUSE_MS : LONGEST_NAP_MS
    }
    lane.running = false
    if (stopping) return
    if (napMs === null && !lane.again) return void lanes.delete(lane.id)
    if (napMs === null) return wake(lane.id)
    lane.timer = setTimeout(() => wake(lane.id), Math.min(napMs, LONGEST_NAP_MS))
  }

  /** One page. Answers how many ms to wait before the next look: 0 at once, null until somebody wakes the lane. */
  async function tellNext(id: string): Promise<number | null> {
    const webhook = await findTarget(sql, id)
    if (!webhook) return null
    const page = await listDue(sql, id, PAGE)
    if (page.length === 0) return null
    const unsettled = page.findIndex((due) => !due.is_settled)
    const ready = unsettled < 0 ? page : page.slice(0, unsettled)
    const napMs = ready.length > 0 ? await tellPage(webhook, ready) : null
    if (napMs !== null) return napMs
    return unsettled < 0 ? 0 : UNSETTLED_MS
  }

  /** In order, up to the first that failed or is not due; null when all were told. */
  async function tellPage(webhook: Webhook, page: Due[]): Promise<number | null> {
    const teller = createTeller(parts, webhook)
    const written: Promise<void>[] = []
    try {
      for (const due of page) {
        if (stopping) return null
        const earlyMs = (due.next_try_at?.getTime() ?? 0) - Date.now()
        if (earlyMs > 0) return earlyMs
        const body = due.body ?? (await bodyOf(webhook, due))
        if (body === null) {
          await cancelDelivery(sql, webhook.user_id, webhook.id, due.event_id)
          continue
        }
        const { ok, retryAfterMs, ...entry } = await slots.use(
          webhook.id,
          webhook.failing_since !== null,
          () => teller.tell(due.event_id, body),
        )
        const told = { webhookId: webhook.id, eventId: due.event_id, body, entry }
        if (ok) {
          written.push(recorder.delivered(told))
          continue
        }
        await Promise.all(written)
        const nextMs = waitMs(due.tries + 1, retryAfterMs, Math.random())
        log.info(
          { webhook_id: webhook.id, event_id: due.event_id, status: entry.status, failure: entry.failure },
          'a webhook was not taken',
        )
        const isOff = await recorder.failed(webhook, told, { tries: due.tries + 1, waitMs: nextMs })
        if (isOff) return 0
        if (nextMs !== null) return nextMs
      }
      return null
    } finally {
      await Promise.all(written)
    }
  }

  /** Null: the shape that this webhook is told in has no word for it. */
  async function bodyOf(webhook: Webhook, due: Due): Promise<string | null> {
    return webhook.kind === 'cloud' ? cloudBodyOf(sql, webhook.user_id, due) : payloadOf(due)
  }

  function refresh(): void {
    looking ??= look()
      .catch((error) => {
        if (!isDatabaseTrouble(error)) log.warn({ err: error }, 'a look at the webhooks failed')
      })
      .finally(() => {
        looking = null
      })
  }

  async function look(): Promise<void> {
    const targets = await listTargets(sql)
    idsOf = new Map()
    slots.keepOnly(new Set(targets.map(({ id }) => id)))
    for (const { id, user_id, has_waiting } of targets) {
      idsOf.set(user_id, [...(idsOf.get(user_id) ?? []), id])
      // A lane that naps knows why.
      if (has_waiting && !lanes.get(id)?.timer) wake(id)
    }
  }

  const unsubscribe = hub.subscribe(({ user_id }) => {
    for (const id of idsOf.get(user_id) ?? []) if (!lanes.get(id)?.timer) wake(id)
  })
  const timer = setInterval(refresh, LOOK_ROUND_MS)
  const cleaning = setInterval(() => {
    removeOldDeliveries(sql, KEPT_DAYS).catch((error) =>
      log.warn({ err: error }, 'old deliveries stay for now'),
    )
  }, CLEAN_MS)
  refresh()

  return {
    refresh: () => {
      // What was changed may be why a lane naps.
      for (const lane of lanes.values()) if (lane.timer) wake(lane.id)
      refresh()
    },
    async stop(deadlineMs) {
      stopping = true
      clearInterval(timer)
      clearInterval(cleaning)
      unsubscribe()
      for (const lane of lanes.values()) if (lane.timer) clearTimeout(lane.timer)
      const ended = Promise.all([looking, ...passes])
      await Promise.race([ended, Bun.sleep(deadlineMs)])
    },
  }
}
