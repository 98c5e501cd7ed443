// The linked WhatsApp accounts: their states as they change, the codes to link with, and what can be done.
import { computed, signal } from '@preact/signals'
import { type Account, type Api, ApiProblem, asProblem, type LinkCode } from '../api.ts'
import type { Live } from '../live.ts'
import { createSoon } from './soon.ts'

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts(api: Api, live: Pick<Live, 'onBegin' | 'onEvent' | 'onOffer'>) {
  /** Null until the first answer. */
  const items = signal<Account[] | null>(null)
  const problem = signal<ApiProblem | null>(null)
  const links = signal<Record<string, LinkCode | null>>({})
  const ready = computed(() => items.value?.filter((account) => account.state === 'ready') ?? [])

  let asked = 0
  let shown = 0

  /** An answer that was overtaken by that to a later question is dropped. */
  async function load() {
    const turn = ++asked
    const answer = await api.listAccounts().catch(asProblem)
    if (turn < shown) return
    shown = turn
    if (answer instanceof ApiProblem) {
      problem.value = answer
    } else {
      items.value = answer.items
      problem.value = null
    }
  }
  const loadSoon = createSoon(load)

  live.onBegin(() => items.value && void loadSoon())
  live.onEvent((event) => {
    if (!event.type.startsWith('account.')) return
    void loadSoon()
  })
  live.onOffer((id) => void loadLink(id))

  function find(id: string) {
    return items.value?.find((account) => account.id === id) ?? null
  }

  async function create(name: string) {
    const account = await api.createAccount(name ? { name } : {})
    items.value = [...(items.value ?? []).filter((other) => other.id !== account.id), account]
    return account
  }

  /** Starts linking, or connects an account whose link is kept. With a phone: a code to type is asked for too. */
  async function connect(id: string, phone?: string) {
    putLink(id, null)
    await api.connect(id, phone ? { phone } : {})
    await load()
  }

  async function disconnect(id: string, { logout }: { logout: boolean }) {
    await api.disconnect(id, { logout })
    putLink(id, null)
    await load()
  }

  async function update(id: string, change: { name?: string; on_uncertain?: Account['on_uncertain'] }) {
    const changed = await api.updateAccount(id, change)
    items.value = (items.value ?? []).map((account) =>
      account.id === id ? { ...account, ...changed } : account,
    )
  }

  async function remove(id: string) {
    await api.removeAccount(id)
    items.value = (items.value ?? []).filter((account) => account.id !== id)
  }

  /** Asks for the code to link with. That there is none in this state is an answer, not a failure. */
  async function loadLink(id: string) {
    try {
      putLink(id, await api.linkCode(id))
    } catch (error) {
      if (asProblem(error).code === 'no_qr') putLink(id, null)
    }
  }

  function putLink(id: string, link: LinkCode | null) {
    links.value = { ...links.value, [id]: link }
  }

  function clear() {
    items.value = null
    problem.value = null
    links.value = {}
  }

  return {
    items,
    problem,
    links,
    ready,
    load,
    find,
    create,
    connect,
    disconnect,
    update,
    remove,
    loadLink,
    clear,
  }
}
