// Whether a number is on WhatsApp: asked of an account's page, slowly, and remembered.
import { Elysia, t } from 'elysia'
import { findAccount } from '../accounts/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { Problem } from '../http/problem.ts'
import { problem, problems, query } from '../http/shape.ts'
import { explainRecipient, parseRecipient } from '../rules/phone.ts'
import { findNumberCheck, type NumberCheck, saveNumberCheck } from './store.ts'

export interface NumberRouteParts {
  asPerson: AsPerson
  guard: Guard
  limiter: Limiter
  /** Asks a ready account's page; rejects where it cannot be asked. */
  askNumber: (accountId: string, digits: string) => Promise<string | null>
  isReady: (accountId: string) => boolean
  defaultCountry: string | null
}

/** Looking numbers up in bulk is what makes WhatsApp suspicious. */
const PER_MINUTE = 20
const MINUTE_MS = 60_000

const shape = t.Object({
  number: t.String(),
  on_whatsapp: t.Boolean(),
  chat_id: t.Nullable(t.String()),
  checked_at: t.String(),
})

export function numberRoutes(parts: NumberRouteParts) {
  const { asPerson, guard, limiter, askNumber, isReady, defaultCountry } = parts
  return new Elysia({ name: 'numbers', normalize: false, detail: { tags: ['Messages'] } }).use(guard).get(
    '/api/numbers/:number',
    async ({ caller, params, query, set }) => {
      const given = decodeURIComponent(params.number)
      const recipient = parseRecipient(given.startsWith(' ') ? `+${given.slice(1)}` : given, defaultCountry)
      if (typeof recipient === 'string') throw new Problem('invalid_number', explainRecipient(recipient))
      if (!recipient.chatId.endsWith('@c.us')) throw new Problem('invalid_number', 'Give a phone number.')
      const { userId } = caller
      const known = await asPerson(userId, (tx) => findNumberCheck(tx, userId, recipient.number))
      if (known) return view(known)
      const allowed = caller.key?.accountIds ?? null
      if (allowed && query.account_id && !allowed.includes(query.account_id))
        throw new Problem('account_not_allowed')
      const asked = query.account_id ?? allowed?.toSorted()[0] ?? null
      const account = await asPerson(userId, (tx) => findAccount(tx, userId, asked))
      if (!account) throw new Problem(query.account_id ? 'account_not_found' : 'no_account')
      if (!isReady(account.id)) throw new Problem('account_not_ready')
      Object.assign(set.headers, limiter.take('numbers', caller.userId, PER_MINUTE, MINUTE_MS))
      const chatId = await askNumber(account.id, recipient.number.slice(1)).catch(() => {
        throw new Problem('account_not_ready')
      })
      const check = { number: recipient.number, chatId }
      return view(await asPerson(userId, (tx) => saveNumberCheck(tx, userId, check)))
    },
    {
      who: 'read',
      query: query({
        account_id: t.Optional(t.String({ format: 'uuid', description: 'Absent: your first account.' })),
      }),
      response: { 200: shape, 404: problem, 409: problem, ...problems },
      detail: { summary: 'Whether a number is on WhatsApp', description: 'Remembered for seven days.' },
    },
  )
}

function view({ number, chat_id, checked_at }: NumberCheck) {
  return { number, on_whatsapp: chat_id !== null, chat_id, checked_at: checked_at.toISOString() }
}
