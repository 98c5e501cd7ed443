// Settings that admins change while the program runs.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, problems, whole } from '../http/shape.ts'
import { readSettings, type Settings, updateSettings } from './store.ts'

export interface SettingsRouteParts {
  sql: Sql
  guard: Guard
  /** Called with every change, so that it acts at once. */
  onChange: (settings: Settings) => void
  addressOf: (request: Request) => string | null
}

const limit = whole({ minimum: 1, maximum: 1_000_000 })
const shape = t.Object({
  default_rate_limit: whole(),
  max_rate_limit: whole(),
  enable_registration: t.Boolean(),
  maintenance_mode: t.Boolean(),
  updated_at: t.String(),
})

export function settingsRoutes({ sql, guard, onChange, addressOf }: SettingsRouteParts) {
  return new Elysia({ name: 'settings', normalize: false, detail: { tags: ['Settings'] } })
    .use(guard)
    .get('/api/settings', async () => view(await readSettings(sql)), {
      who: 'admin',
      response: { 200: shape, ...problems },
      detail: { summary: 'The settings' },
    })
    .put(
      '/api/settings',
      async ({ caller, body, request }) => {
        const settings = await sql.begin(async (tx) => {
          const before = await readSettings(tx)
          const { default_rate_limit, max_rate_limit } = { ...before, ...body }
          if (default_rate_limit > max_rate_limit) {
            throw new Problem('invalid_request', 'default_rate_limit: must not be above max_rate_limit')
          }
          if (Object.keys(body).length === 0) return before
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'settings.changed',
            details: body,
            ip: addressOf(request),
          })
          return updateSettings(tx, body)
        })
        onChange(settings)
        return view(settings)
      },
      {
        who: 'admin',
        body: body({
          default_rate_limit: t.Optional(limit),
          max_rate_limit: t.Optional(limit),
          enable_registration: t.Optional(t.Boolean()),
          maintenance_mode: t.Optional(t.Boolean()),
        }),
        response: { 200: shape, ...problems },
        detail: { summary: 'Change the settings' },
      },
    )
}

function view({ updated_at, ...settings }: Settings) {
  return { ...settings, updated_at: updated_at.toISOString() }
}
