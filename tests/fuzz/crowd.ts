// Who the fuzz asks as: people of every kind with things of their own, set right again after what was done to them.

import type { Thing } from '../../src/http/access.ts'
import { SCOPES } from '../../src/rules/api-key.ts'
import { caller, PASSWORD, type TestApp } from '../support/app.ts'
import { createRows, type PersonRow, type Rows, TABLES } from '../support/rows.ts'
import type { FuzzRequest } from './requests.ts'
import { PLACEHOLDER } from './values.ts'

/** Enough of them that the limits of a single one are met rarely. */
const COUNT = { user: 24, admin: 8, suspended: 2 }
const THINGS = Object.keys(TABLES) as Thing[]
/** Known to WhatsApp, or still waiting. */
const MESSAGES = ['sent', 'received', 'queued'] as const
/** What is left over of what requests made. */
const MOST_ACCOUNTS = 4

interface Member extends PersonRow {
  kind: keyof typeof COUNT
  keys: Record<string, string>
  things: Map<string, string>
}

export interface Credential {
  member: Member | null
  /** A token or a key; null for a stranger. */
  text: string | null
}

export class Crowd {
  private members: Member[] = []
  /** Every token, key and password that ever counted. */
  readonly secrets = new Set<string>([PASSWORD])

  private constructor(
    private readonly t: TestApp,
    private readonly rows: Rows,
  ) {}

  static async gather(t: TestApp): Promise<Crowd> {
    const crowd = new Crowd(t, await createRows(t))
    for (const [kind, count] of Object.entries(COUNT) as [Member['kind'], number][]) {
      for (let at = 0; at < count; at++) crowd.members.push(await crowd.invite(kind))
    }
    return crowd
  }

  private async invite(kind: Member['kind']): Promise<Member> {
    const person = await this.rows.person({
      role: kind === 'admin' ? 'admin' : 'user',
      status: kind === 'suspended' ? 'suspended' : 'active',
    })
    const keys: Record<string, string> = {}
    for (const scope of SCOPES) keys[scope] = await this.rows.key(person.id, [scope])
    keys.all = await this.rows.key(person.id, SCOPES)
    const things = new Map<string, string>()
    for (const thing of THINGS) things.set(thing, await this.rows.thing(thing, person.id))
    for (const name of MESSAGES) {
      things.set(name, await this.messageOf(name, person.id, things.get('account')!))
    }
    for (const secret of [person.token, ...Object.values(keys)]) this.secrets.add(secret)
    return { ...person, kind, keys, things }
  }

  /** A message that something can be done to. */
  private messageOf(name: (typeof MESSAGES)[number], userId: string, accountId: string): Promise<string> {
    const whatsappId = `3EB0${crypto.randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`
    if (name === 'queued') return this.rows.message(userId, accountId, { status: 'queued' })
    return this.rows.message(userId, accountId, {
      whatsapp_id: whatsappId,
      ...(name === 'sent' ? { status: 'sent' } : { direction: 'in', status: 'received', source: 'whatsapp' }),
    })
  }

  credential({ caller, person, variant }: FuzzRequest): Credential {
    if (caller === 'stranger') return { member: null, text: null }
    if (caller === 'broken') return { member: null, text: this.broken(person, variant) }
    const kind: Member['kind'] = caller === 'key' ? (variant % 4 === 0 ? 'admin' : 'user') : caller
    const member = this.pick(kind, person)
    if (caller !== 'key') return { member, text: member.token }
    const scopes = Object.keys(member.keys)
    return { member, text: member.keys[scopes[variant % scopes.length]!]! }
  }

  private pick(kind: Member['kind'], number: number): Member {
    const all = this.members.filter((member) => member.kind === kind)
    return all[number % all.length]!
  }

  private broken(person: number, variant: number): string {
    const { token, keys } = this.pick('user', person)
    const all = [
      `${token.slice(0, -4)}AAAA`,
      `${btoa('{"alg":"none"}').replaceAll('=', '')}.${token.split('.')[1]}.`,
      `${keys.send!.slice(0, -1)}_`,
      'bw_',
      'eyJ.eyJ.x',
      '💥'.normalize().replace(/[^\x20-\x7e]/g, 'x'),
    ]
    return all[variant % all.length]!
  }

  /** `<own account>` and the like become ids: of the caller, or of somebody who is not. */
  fill(text: string, { person, caller }: FuzzRequest, member: Member | null): string {
    const stranger = this.pick('user', person + 1)
    const foreign = stranger === member ? this.pick('user', person + 2) : stranger
    const own = member ?? (caller === 'broken' ? this.pick('user', person) : stranger)
    return text.replace(PLACEHOLDER, (_, whose: string, thing: string) => {
      const of = whose === 'own' ? own : foreign
      return of.things.get(thing) ?? of.id
    })
  }

  /** The ids of everybody but this one and what admins may see: none of them may stand in an answer. */
  strangersTo(member: Member | null): Member[] {
    return this.members.filter((other) => other !== member)
  }

  /** Lets everybody in again: what requests changed must not make the rest of them pointless. */
  async heal(): Promise<void> {
    const { owner } = this.t.database
    const ids = this.members.map(({ id }) => id)
    const there = await owner<{ id: string }[]>`select id from users where id = any(${ids}::uuid[])`
    const gone = new Set(ids).difference(new Set(there.map(({ id }) => id)))
    for (const [at, member] of this.members.entries()) {
      if (gone.has(member.id)) this.members[at] = await this.invite(member.kind)
    }
    const of = (kind: Member['kind']) => this.members.filter((one) => one.kind === kind).map(({ id }) => id)
    const everybody = [...this.members.map(({ id }) => id), this.t.admin.id]
    await owner`update users set rate_limit = 100000,
      role = case when id = any(${[...of('admin'), this.t.admin.id]}::uuid[]) then 'admin' else 'user' end,
      status = case when id = any(${of('suspended')}::uuid[]) then 'suspended' else 'active' end
      where id = any(${everybody}::uuid[])`
    await owner`update sessions set ended_at = null where user_id = any(${everybody}::uuid[]) and ended_at is not null`
    await owner`update api_keys set revoked_at = null where user_id = any(${everybody}::uuid[]) and revoked_at is not null`
    await this.t.admin.call('PUT', '/api/settings', {
      default_rate_limit: 60,
      max_rate_limit: 1_000_000,
      enable_registration: true,
      maintenance_mode: false,
    })
    await this.replace()
    await this.sweep()
  }

  /** Things that are gone are made anew. */
  private async replace(): Promise<void> {
    const { owner } = this.t.database
    for (const thing of THINGS) {
      const ids = this.members.map((member) => member.things.get(thing)!)
      const rows = await owner<
        { id: string }[]
      >`select id from ${owner(TABLES[thing])} where id = any(${ids}::uuid[])`
      const there = new Set(rows.map(({ id }) => id))
      for (const member of this.members) {
        if (there.has(member.things.get(thing)!)) continue
        member.things.set(thing, await this.rows.thing(thing, member.id))
      }
    }
    for (const name of MESSAGES) {
      const ids = this.members.map((member) => member.things.get(name)!)
      const rows = await owner<{ id: string; account_id: string | null }[]>`
        select id, account_id from message_logs where id = any(${ids}::uuid[])`
      const accounts = new Map(rows.map(({ id, account_id }) => [id, account_id]))
      for (const member of this.members) {
        const account = member.things.get('account')!
        if (accounts.get(member.things.get(name)!) === account) continue
        member.things.set(name, await this.messageOf(name, member.id, account))
      }
    }
  }

  /** Accounts that requests added go, with their Workers. */
  private async sweep(): Promise<void> {
    const { owner } = this.t.database
    const rows = await owner<{ id: string; user_id: string }[]>`
      select id, user_id from (
        select id, user_id, row_number() over (partition by user_id order by id) as nth from accounts
      ) numbered where nth > ${MOST_ACCOUNTS}`
    for (const { id, user_id } of rows) {
      const member = this.members.find((one) => one.id === user_id)
      if (!member || member.things.get('account') === id) continue
      await caller(this.t.url, { authorization: `Bearer ${member.token}` }).call(
        'DELETE',
        `/api/accounts/${id}`,
      )
    }
  }
}
