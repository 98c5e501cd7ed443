// The dashboard's stores against the real server: what they show follows what happens, without a reload.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type ApiProblem, createApi } from '../../web/api.ts'
import { createSession } from '../../web/session.ts'
import { createAccounts } from '../../web/stores/accounts.ts'
import { createCompose } from '../../web/stores/compose.ts'
import { createKeys } from '../../web/stores/keys.ts'
import { createMessages } from '../../web/stores/messages.ts'
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { deskOf, shows } from '../support/desk.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

test('an account is added, linked and removed while its list follows', async () => {
  const person = await t.person()
  using desk = deskOf(t, person)
  const accounts = createAccounts(desk.api, desk.live)
  await accounts.load()
  expect(accounts.items.value).toEqual([])

  const { id } = await accounts.create('Shop')
  const script = t.script(id)
  await accounts.connect(id)
  await shows(() => accounts.links.value[id]?.qr !== undefined)
  expect(accounts.links.value[id]?.qr).toBe('ref,static,identity,secret,1')
  script.order({ do: 'scan', phone: '491500000001' })
  await shows(() => accounts.ready.value.length === 1)
  expect(accounts.find(id)).toMatchObject({ name: 'Shop', phone: '+491500000001', message: null })

  await accounts.disconnect(id, { logout: false })
  expect(accounts.find(id)).toMatchObject({ state: 'stopped', reason: 'stopped_by_owner' })
  await accounts.remove(id)
  await accounts.load()
  expect(accounts.items.value).toEqual([])
})

test('what happened between the first look and the first place among the events is shown too', async () => {
  const person = await t.person()
  // As on a page whose first question is answered before the live view knows where it stands.
  using desk = deskOf(t, person, { start: false })
  const accounts = createAccounts(desk.api, desk.live)
  await accounts.load()
  await person.call('POST', '/api/accounts', { name: 'In between' })
  await t.database.settled()
  desk.live.start()
  await shows(() => accounts.items.value?.length === 1)
})

test('an answer that was overtaken by a newer one changes nothing', async () => {
  const person = await t.person()
  using desk = deskOf(t, person)
  const held = Promise.withResolvers<void>()
  let asked = 0
  const listAccounts = async () => {
    const answer = await desk.api.listAccounts()
    if (++asked === 1) await held.promise
    return answer
  }
  const accounts = createAccounts({ ...desk.api, listAccounts }, desk.live)
  const early = accounts.load()
  while (asked === 0) await Bun.sleep(1)
  await person.call('POST', '/api/accounts', { name: 'Later' })
  await accounts.load()
  held.resolve()
  await early
  expect(accounts.items.value).toMatchObject([{ name: 'Later' }])
})

test('a message that is being written is sent and followed until it is read', async () => {
  const person = await t.person()
  const script = await person.linked()
  using desk = deskOf(t, person)
  const compose = createCompose(desk.api, desk.live)
  const history = createMessages(desk.api, desk.live)
  await history.show({ status: 'sent' })
  expect(history.items.value).toEqual([])

  compose.number.value = '+49 151 1111 1111'
  compose.text.value = 'Hello'
  await compose.send()
  expect(compose.problem.value).toBeNull()
  expect(compose.text.value).toBe('')
  await shows(() => compose.sent.value?.status === 'sent')
  await shows(() => history.items.value?.length === 1)

  const whatsappId = compose.sent.value!.whatsapp_id!
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 3 } })
  await shows(() => compose.sent.value?.status === 'read')
  expect(compose.sent.value?.timeline.map((step) => step.status)).toEqual([
    'queued',
    'sending',
    'sent',
    'read',
  ])
  // It no longer belongs under "sent".
  await shows(() => history.items.value?.length === 0)
})

test('the server’s word on a field stands at that field', async () => {
  const person = await t.person()
  await person.linked()
  using desk = deskOf(t, person)
  const compose = createCompose(desk.api, desk.live)
  compose.number.value = '12'
  compose.text.value = 'Hello'
  await compose.send()
  expect(compose.problem.value).toMatchObject({ status: 422, code: 'invalid_number' })
  expect(compose.text.value).toBe('Hello')

  const problem = (await desk.api.createAccount({ name: '' }).catch((error) => error)) as ApiProblem
  expect(problem).toMatchObject({ status: 422, code: 'invalid_request' })
  expect(Object.keys(problem.fields)).toEqual(['name'])
})

test('the history pages without a gap or a double while new messages come', async () => {
  const person = await t.person()
  await person.linked()
  using desk = deskOf(t, person)
  const send = async (text: string) =>
    (await person.call('POST', '/api/messages/send', { number: '+4915111111111', message: text })).body.id
  const sent: string[] = []
  for (let n = 0; n < 7; n++) sent.unshift(await send(`old ${n}`))
  const history = createMessages(desk.api, desk.live, { limit: 3 })
  await history.show({})
  await history.loadMore()
  sent.unshift(await send('new'))
  await shows(() => history.items.value?.[0]?.id === sent[0])
  await history.loadMore()
  expect(history.items.value?.map((message) => message.id)).toEqual(sent)
  expect(history.next.value).toBeNull()
})

test('the answer to a filter that was left is dropped', async () => {
  const person = await t.person()
  await person.linked()
  using desk = deskOf(t, person)
  await person.call('POST', '/api/messages/send', { number: '+4915111111111', message: 'first' })
  const history = createMessages(desk.api, desk.live)
  const slow = history.show({})
  await history.show({ q: 'nowhere' })
  await slow
  expect(history.items.value).toEqual([])
})

test('a new key is shown once and its list never holds it', async () => {
  const person = await t.person()
  using desk = deskOf(t, person)
  const keys = createKeys(desk.api)
  await keys.create({ name: 'Webshop' })
  const { id, key } = keys.fresh.value!
  expect(key).toStartWith('bw_')
  await keys.load()
  expect(JSON.stringify(keys.items.value)).not.toContain(key)
  await keys.remove(id)
  expect(keys.fresh.value).toBeNull()
  expect(keys.items.value).toEqual([])
})

test('signing out elsewhere ends the session here; a wrong password says so', async () => {
  const person = await t.person()
  using desk = deskOf(t, person)
  const session = createSession(desk.api)
  await session.open()
  expect(session.phase.value).toBe('in')
  expect(session.user.value?.email).toBe(person.email)

  await person.call('POST', '/api/auth/logout')
  await createAccounts(desk.api, desk.live).load()
  expect(desk.signedOut()).toBeGreaterThan(0)
  session.expire()
  expect(session.notice.value).toBe('Your session has ended. Sign in again.')

  const wrong = session.login({ email: person.email, password: 'something else' })
  expect(await wrong.catch((error) => error.code)).toBe('bad_credentials')
  expect(session.phase.value).toBe('out')
  await session.login({ email: person.email, password: PASSWORD })
  expect(session.phase.value).toBe('in')
})

test('a server that cannot be reached is a state of its own, not a sign-out', async () => {
  const nowhere = createSession(createApi({ origin: 'http://127.0.0.1:1' }))
  await nowhere.open()
  expect(nowhere.phase.value).toBe('unreachable')
})
