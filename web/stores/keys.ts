// API keys: the list, and the one that was just made, whose secret is known only now.
import { signal } from '@preact/signals'
import { type Api, type ApiKey, type ApiProblem, asProblem, type NewKeyForm } from '../api.ts'

export type Keys = ReturnType<typeof createKeys>

export function createKeys(api: Api) {
  const items = signal<ApiKey[] | null>(null)
  const problem = signal<ApiProblem | null>(null)
  /** Kept in memory only, until it is put away. */
  const fresh = signal<(ApiKey & { key: string }) | null>(null)

  async function load() {
    try {
      items.value = (await api.listKeys()).items
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
  }

  async function create(form: NewKeyForm) {
    const made = await api.createKey(form)
    fresh.value = made
    const { key: _secret, ...listed } = made
    items.value = [listed, ...(items.value ?? []).filter((key) => key.id !== made.id)]
  }

  async function remove(id: string) {
    await api.removeKey(id)
    items.value = (items.value ?? []).filter((key) => key.id !== id)
    if (fresh.value?.id === id) putAway()
  }

  function putAway() {
    fresh.value = null
  }

  function clear() {
    items.value = null
    problem.value = null
    putAway()
  }

  return { items, problem, fresh, load, create, remove, putAway, clear }
}
