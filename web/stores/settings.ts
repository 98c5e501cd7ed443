// What an admin decides for everybody.
import { signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem, type Settings } from '../api.ts'

export type SettingsStore = ReturnType<typeof createSettings>

export function createSettings(api: Api) {
  const current = signal<Settings | null>(null)
  const problem = signal<ApiProblem | null>(null)

  async function load() {
    try {
      current.value = await api.readSettings()
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
  }

  async function save(change: Partial<Settings>) {
    current.value = await api.saveSettings(change)
  }

  function clear() {
    current.value = null
    problem.value = null
  }

  return { current, problem, load, save, clear }
}
