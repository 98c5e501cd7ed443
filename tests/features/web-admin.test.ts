// What admins see and do in the dashboard's stores, against the real server.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { actDetails, actWords } from '../../web/act-words.ts'
import { createApi } from '../../web/api.ts'
import { createActivity } from '../../web/stores/activity.ts'
import { createEverybody } from '../../web/stores/everybody.ts'
import { createPeople } from '../../web/stores/people.ts'
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { deskOf } from '../support/desk.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

test('somebody is found, limited, suspended, let in and removed while the list follows', async () => {
  const person = await t.person()
  using desk = deskOf(t, t.admin)
  const people = createPeople(desk.api)
  await people.list.show({ q: person.email })
  expect(people.list.items.value?.map(({ id }) => id)).toEqual([person.id])
  await people.change(person.id, { rate_limit: 7 })
  await people.change(person.id, { status: 'suspended' })
  expect(people.list.items.value).toMatchObject([{ rate_limit: 7, status: 'suspended' }])
  const link = await people.makeResetLink(person.id, { ends_second_factor: true }).catch((why) => why.code)
  expect(link).toBe('user_suspended')
  await people.change(person.id, { status: 'active' })
  expect((await people.makeResetLink(person.id, { ends_second_factor: true })).link).toContain(
    '/reset-password#',
  )

  const before = people.counts.value!.all
  expect(await people.previewRemoval(person.id)).toMatchObject({ confirm: person.email, accounts: 0 })
  await people.remove(person)
  expect(people.list.items.value).toEqual([])
  expect(people.counts.value?.all).toBe(before - 1)
  await people.list.show({ q: person.email })
  expect(people.list.items.value).toEqual([])
})

test('the last admin stays one, and the list stays as it is', async () => {
  using desk = deskOf(t, t.admin)
  const people = createPeople(desk.api)
  await people.list.show({ role: 'admin' })
  expect(await people.change(t.admin.id, { role: 'user' }).catch((why) => why.code)).toBe('last_admin')
  expect(people.list.items.value).toMatchObject([{ email: t.admin.email, role: 'admin' }])
})

test('an invitation gives its link once and can be revoked', async () => {
  using desk = deskOf(t, t.admin)
  const people = createPeople(desk.api)
  const link = await people.invite({ email: 'new@example.com', role: 'user', mail: false })
  expect(link).toContain('/accept-invitation#')
  expect(JSON.stringify(people.invitations.value)).not.toContain(link!.split('#')[1]!)
  const token = link!.split('#')[1]!
  await people.revoke(people.invitations.value!.find(({ email }) => email === 'new@example.com')!.id)
  const late = createApi({ origin: t.url }).acceptInvitation({ token, password: PASSWORD })
  expect(await late.catch((why) => why.code)).toBe('bad_token')
})

test("everybody's accounts are read page by page, refreshed where they stand, stopped and restarted", async () => {
  const person = await t.person()
  const script = await person.linked()
  const { body: second } = await person.call('POST', '/api/accounts', { name: 'Second' })
  using desk = deskOf(t, t.admin)
  const everybody = createEverybody(desk.api, { limit: 1 })
  await everybody.list.show({ user_id: person.id })
  expect(everybody.list.items.value?.map(({ id }) => id)).toEqual([second.id])
  await everybody.list.loadMore()
  expect(everybody.list.items.value?.map(({ id }) => id)).toEqual([second.id, script.accountId])
  expect(everybody.list.next.value).toBeNull()

  await everybody.stop(script.accountId)
  await person.until(
    async () => (await person.call('GET', `/api/accounts/${script.accountId}`)).body.state === 'stopped',
  )
  await everybody.list.refresh()
  expect(everybody.list.items.value).toMatchObject([
    { id: second.id },
    { id: script.accountId, state: 'stopped', user_email: person.email },
  ])
  const started = script.heard('start')
  await everybody.restart(script.accountId)
  await started
  expect(everybody.counts.value).toEqual(expect.any(Object))
})

test('the answer to a filter that was left is dropped, also where it asked for more', async () => {
  const person = await t.person()
  using desk = deskOf(t, t.admin)
  const people = createPeople(desk.api, { limit: 1 })
  await people.list.show({})
  const more = people.list.loadMore()
  await people.list.show({ q: person.email })
  await more
  expect(people.list.items.value?.map(({ id }) => id)).toEqual([person.id])
})

test('activity is a person’s own, and everybody’s for admins, in words', async () => {
  const person = await t.person()
  await person.call('POST', '/api/keys', { name: 'Till' })
  using desk = deskOf(t, person)
  const own = createActivity(desk.api)
  await own.show({ action: 'key' })
  expect(own.items.value).toMatchObject([{ action: 'key.created', user_email: person.email }])
  expect(own.items.value!.map(({ action }) => actWords(action))).toEqual(['Made an API key'])
  await own.show({ all: 'true' })
  expect([own.items.value, own.problem.value?.code]).toEqual([null, 'forbidden'])

  using office = deskOf(t, t.admin)
  const all = createActivity(office.api)
  await all.show({ all: 'true', q: person.email })
  expect(all.items.value!.map(({ action }) => action)).toContain('key.created')
})

test('ids say nothing to people; what is not known is said as it is', () => {
  expect(
    actDetails({ user_id: 'x', email: 'a@b.example', role: 'admin', none: null, ends: true, mailed: false }),
  ).toBe('email: a@b.example · role: admin · ends')
  expect(actWords('thing.moved_on')).toBe('thing moved on')
})

test('a look again does not drop the page that somebody asked for', async () => {
  await t.person()
  using desk = deskOf(t, t.admin)
  const people = createPeople(desk.api, { limit: 1 })
  await people.list.show({})
  const more = people.list.loadMore()
  await people.list.refresh()
  await more
  expect(people.list.items.value).toHaveLength(2)
})
