// The one row of settings that admins change while the program runs.
import type { ISql } from 'postgres'

export interface Settings {
  default_rate_limit: number
  max_rate_limit: number
  enable_registration: boolean
  maintenance_mode: boolean
  updated_at: Date
}

export async function readSettings(sql: ISql): Promise<Settings> {
  const [row] = await sql<Settings[]>`
    select default_rate_limit, max_rate_limit, enable_registration, maintenance_mode, updated_at
    from settings where id = 1`
  return row as Settings
}

/** Changes the given columns only. */
export async function updateSettings(
  sql: ISql,
  change: Partial<Omit<Settings, 'updated_at'>>,
): Promise<Settings> {
  const [row] = await sql<Settings[]>`
    update settings set ${sql({ ...change, updated_at: new Date() })} where id = 1
    returning default_rate_limit, max_rate_limit, enable_registration, maintenance_mode, updated_at`
  return row as Settings
}
