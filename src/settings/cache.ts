// The settings as every request needs them: from memory, at most a second old, changed at once by this process.
import type { Sql } from 'postgres'
import { readSettings, type Settings } from './store.ts'

const REMEMBER_MS = 1_000

export function createSettingsCache(sql: Sql): { read(): Promise<Settings>; set(settings: Settings): void } {
  let known: { settings: Promise<Settings>; until: number } | null = null

  return {
    read() {
      const now = performance.now()
      if (known && known.until > now) return known.settings
      const settings = readSettings(sql)
      known = { settings, until: now + REMEMBER_MS }
      settings.catch(() => {
        known = null
      })
      return settings
    },
    set(settings) {
      known = { settings: Promise.resolve(settings), until: performance.now() + REMEMBER_MS }
    },
  }
}
