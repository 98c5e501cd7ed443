// Every linked account, whoever owns it: for admins.
import { signal } from '@preact/signals'
import type { Api } from '../api.ts'
import type { OwnedAccount, OwnedAccountFilter } from '../calls/people.ts'
import { createPages } from './pages.ts'

export type Everybody = ReturnType<typeof createEverybody>

export function createEverybody(api: Api, { limit = 40 } = {}) {
  /** How many there are in each state, whatever is searched for. */
  const counts = signal<Record<string, number>>({})
  const list = createPages<OwnedAccount, OwnedAccountFilter>(
    async (query) => {
      const page = await api.listEverybodysAccounts(query)
      counts.value = page.counts
      return page
    },
    { limit },
  )

  async function restart(id: string) {
    const { state } = await api.restartAccount(id)
    list.patch((account) => account.id === id, { state })
  }

  /** Its link is kept. */
  async function stop(id: string) {
    const { state } = await api.stopAccount(id)
    list.patch((account) => account.id === id, { state })
  }

  function clear() {
    list.clear()
    counts.value = {}
  }

  return { list, counts, restart, stop, clear }
}
