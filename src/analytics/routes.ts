// Figures about messages: a person's own, or everybody's for admins.
import { Elysia, t } from 'elysia'
import type { ISql, Sql } from 'postgres'
import type { AsPerson } from '../database/tenancy.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { problem, problems, query, time, whole } from '../http/shape.ts'
import { explainMessage } from '../rules/message-reasons.ts'
import { isTimeZone } from '../rules/pacing.ts'
import { type AnalyticsFilter, nameAccounts, namePeople, tallyMessages } from './store.ts'
import { sum, sumBy, sumDays, sumFailures } from './sums.ts'

export interface AnalyticsRouteParts {
  /** Sees everybody's rows: for admins who ask for more than their own. */
  sql: Sql
  asPerson: AsPerson
  guard: Guard
}

const DEFAULT_DAYS = 14
const MAX_DAYS = 366
const DAY_MS = 86_400_000

const counts = {
  accepted: whole({ description: 'Handed in, whatever became of it.' }),
  sent: whole({ description: 'With those that were delivered or read.' }),
  delivered: whole({ description: 'With those that were read.' }),
  read: whole(),
  failed: whole(),
  waiting: whole({ description: 'Not settled yet.' }),
  expired: whole(),
  cancelled: whole(),
  uncertain: whole(),
  received: whole({ description: 'Written by others.' }),
}
interface Asked {
  all?: boolean | undefined
  user_id?: string | undefined
  account_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

export function analyticsRoutes({ sql, asPerson, guard }: AnalyticsRouteParts) {
  return new Elysia({ name: 'analytics', normalize: false, detail: { tags: ['Analytics'] } }).use(guard).get(
    '/api/analytics',
    async ({ caller, query }) => {
      const timeZone = query.time_zone ?? 'UTC'
      if (!isTimeZone(timeZone)) throw new Problem('invalid_request', 'time_zone: is not a known time zone')
      const filter = readFilter(caller, query)
      const isOwn = filter.userId === caller.userId
      if (!isOwn) return figures(sql, filter, { timeZone, naming: true })
      return asPerson(caller.userId, (tx) => figures(tx, filter, { timeZone, naming: false }))
    },
    {
      who: 'read',
      query: query({
        all: t.Optional(t.BooleanString({ description: "Everybody's, for admins who are signed in." })),
        user_id: t.Optional(t.String({ format: 'uuid', description: "One person's, likewise." })),
        account_id: t.Optional(t.String({ format: 'uuid' })),
        from: t.Optional({ ...time, description: `${DEFAULT_DAYS} days before \`to\` unless given.` }),
        to: t.Optional({ ...time, description: 'Now unless given.' }),
        time_zone: t.Optional(
          t.String({ maxLength: 64, description: 'Whose days, such as Europe/Berlin; UTC unless given.' }),
        ),
      }),
      response: {
        200: t.Object({
          from: t.String(),
          to: t.String(),
          time_zone: t.String(),
          total: t.Object(counts),
          days: t.Array(t.Object({ day: t.String(), ...counts }), {
            description: 'Each day of the range, by the moment at which its messages were accepted.',
          }),
          accounts: t.Array(
            t.Object({
              account_id: t.Nullable(t.String()),
              name: t.Nullable(t.String()),
              user_email: t.Nullable(
                t.String({ description: 'Its owner’s, where more than one’s own are asked for.' }),
              ),
              ...counts,
            }),
            { description: 'The 100 with the most messages; null: the account was removed.' },
          ),
          people: t.Array(t.Object({ user_id: t.String(), email: t.Nullable(t.String()), ...counts }), {
            description: 'The 100 with the most messages; only where more than one’s own are asked for.',
          }),
          failures: t.Array(
            t.Object({ reason: t.String(), message: t.Nullable(t.String()), count: whole() }),
          ),
          median_delivery_s: t.Nullable(
            t.Number({ description: 'Seconds from the hand-over to the phone.' }),
          ),
        }),
        404: problem,
        ...problems,
      },
      detail: { summary: 'What became of messages: by day, account, person and reason' },
    },
  )
}

/** Throws `forbidden` for others' figures by who is no admin; a key that is limited to accounts must name one. */
function readFilter(caller: Caller, asked: Asked): AnalyticsFilter {
  const isOwn = !asked.all && (!asked.user_id || asked.user_id === caller.userId)
  const mayAll = caller.role === 'admin' && (!caller.key || caller.key.scopes.includes('admin'))
  if (!isOwn && !mayAll) throw new Problem('forbidden')
  const accountId = asked.account_id ?? null
  const allowed = caller.key?.accountIds ?? null
  if (allowed && !allowed.includes(accountId ?? '')) throw new Problem('account_not_allowed')
  const to = asked.to ? new Date(asked.to) : new Date()
  const from = asked.from ? new Date(asked.from) : new Date(to.getTime() - DEFAULT_DAYS * DAY_MS)
  if (!(from < to)) throw new Problem('invalid_request', 'from: must lie before `to`')
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) {
    throw new Problem('invalid_request', `from: must not lie more than ${MAX_DAYS} days before \`to\``)
  }
  return { userId: isOwn ? caller.userId : (asked.user_id ?? null), accountId, from, to }
}

/** `naming`: people are named, for who asked for more than their own. */
async function figures(
  sql: ISql,
  filter: AnalyticsFilter,
  { timeZone, naming }: { timeZone: string; naming: boolean },
) {
  const { quarters, accounts, medianDeliveryMs } = await tallyMessages(sql, filter)
  const byAccount = sumBy(accounts, (tally) => tally.account_id)
  const byPerson = naming ? sumBy(accounts, (tally) => tally.user_id) : []
  const names = await nameAccounts(
    sql,
    byAccount.flatMap(({ of }) => of ?? []),
  )
  const owners = naming ? [...names.values()].map((account) => account.user_id) : []
  const emails = await namePeople(sql, [...new Set([...byPerson.map(({ of }) => of), ...owners])])
  return {
    from: filter.from.toISOString(),
    to: filter.to.toISOString(),
    time_zone: timeZone,
    total: sum(quarters),
    days: sumDays(quarters, { ...filter, timeZone }),
    accounts: byAccount.map(({ of, counts }) => ({
      account_id: of,
      name: names.get(of ?? '')?.name ?? null,
      user_email: emails.get(names.get(of ?? '')?.user_id ?? '') ?? null,
      ...counts,
    })),
    people: byPerson.map(({ of, counts }) => ({ user_id: of, email: emails.get(of) ?? null, ...counts })),
    failures: sumFailures(accounts).map((one) => ({ ...one, message: explainMessage(one.reason) })),
    median_delivery_s: medianDeliveryMs === null ? null : medianDeliveryMs / 1000,
  }
}
