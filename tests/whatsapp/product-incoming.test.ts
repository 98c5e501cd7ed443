// The whole product is killed while messages come in: each arrives once, with its file, whoever was there to hear it.

import { expect, setDefaultTimeout, test } from 'bun:test'
import { type Caller, caller } from '../support/app.ts'
import { fromSource, makeFolder, type Product, startProduct, until } from '../support/product.ts'
import { startWhatsApp } from './server.ts'

setDefaultTimeout(120_000)
const ANN = '491511111111'
const BO = '491522222222'
const hasPackaged = process.platform === 'linux' && process.arch === 'x64'

interface Shown {
  id: string
  message_body: string
  kind: string
  caught_up: boolean
  from_number: string | null
  group_id: string | null
  file: { id: string; state: string } | null
}

test('killed as messages come in, and away while others come: each once, in the API and among the events', async () => {
  await using undo = new AsyncDisposableStack()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const { folder, remove } = makeFolder()
  undo.defer(remove)
  const chromePath = process.env.CHROME_PATH ?? (hasPackaged ? 'packaged' : '')
  const env = { LOG_LEVEL: 'warn', CHROME_FLAGS: server.chromeFlags, CHROME_PATH: chromePath }
  const start = () => startProduct({ command: fromSource, folder, env })
  let product: Product = await start()
  undo.defer(async () => void (await product.stop()))
  const token = await setUp(product)
  const me = () => caller(product.url, { authorization: `Bearer ${token}` })

  const { body: account } = await me().call('POST', '/api/accounts', { name: 'Phone' })
  await me().call('POST', `/api/accounts/${account.id}/connection`, {})
  let qr = ''
  await until(async () => {
    const { body } = await me().call('GET', `/api/accounts/${account.id}/qr`)
    qr = body.qr ?? ''
    return qr !== ''
  })
  const phone = server.whatsapp.phone('491605000001')
  await phone.scan(qr)
  await ready(me, account.id)

  const group = await phone.addGroup('Friends', [ANN, BO])
  const bytes = crypto.getRandomValues(new Uint8Array(300_000))
  const media = { base64: Buffer.from(bytes).toString('base64'), mimetype: 'image/png' }
  for (let n = 0; n < 5; n++) await phone.deliver({ from: ANN, text: `there ${n}` })
  await phone.deliver({ from: BO, text: 'a picture', group: group.id, media })
  // The page has them; whether the program has them nobody knows.
  product.child.kill('SIGKILL')
  await product.child.exited
  for (let n = 0; n < 3; n++) await phone.deliver({ from: BO, text: `away ${n}` })

  product = await start()
  await ready(me, account.id)
  await heard(me, [
    'there 0',
    'there 1',
    'there 2',
    'there 3',
    'there 4',
    'a picture',
    'away 0',
    'away 1',
    'away 2',
  ])
  product.child.kill('SIGKILL')
  await product.child.exited
  product = await start()
  await ready(me, account.id)
  await phone.deliver({ from: ANN, text: 'the last' })
  await heard(me, ['the last'])

  const all = await inbox(me)
  expect(all.map(({ message_body }) => message_body).toSorted()).toEqual(
    [
      ...['a picture', 'away 0', 'away 1', 'away 2', 'the last'],
      ...['there 0', 'there 1', 'there 2', 'there 3', 'there 4'],
    ].toSorted(),
  )
  for (const { message_body, caught_up, from_number } of all) {
    if (message_body.startsWith('away')) expect([caught_up, from_number]).toEqual([true, `+${BO}`])
  }
  expect(all.find(({ message_body }) => message_body === 'the last')?.caught_up).toBe(false)
  const { body: events } = await me().call('GET', '/api/events?limit=500')
  const told = events.items.filter(({ type }: { type: string }) => type === 'message.received')
  expect(told.map(({ message_id }: { message_id: string }) => message_id).toSorted()).toEqual(
    all.map(({ id }) => id).toSorted(),
  )

  let picture: Shown | undefined
  await until(async () => {
    picture = (await inbox(me)).find(({ kind }) => kind === 'image')
    return picture?.file?.state === 'kept'
  })
  expect(picture).toMatchObject({ group_id: group.id, from_number: `+${BO}` })
  const answer = await fetch(`${product.url}/api/files/${picture!.file!.id}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(await answer.bytes()).toEqual(bytes)
})

async function setUp({ url, setupToken }: Product): Promise<string> {
  const me = { email: 'owner@example.com', password: 'a long pass phrase' }
  const { body } = await caller(url, {}).call('POST', '/api/setup', { token: setupToken, ...me })
  return body.token
}

const ready = (me: () => Caller, id: string) =>
  until(async () => (await me().call('GET', `/api/accounts/${id}`)).body.state === 'ready')

async function inbox(me: () => Caller): Promise<Shown[]> {
  return (await me().call('GET', '/api/messages?direction=in&limit=100')).body.items
}

async function heard(me: () => Caller, texts: string[]): Promise<void> {
  await until(async () => {
    const known = new Set((await inbox(me)).map(({ message_body }) => message_body))
    return texts.every((text) => known.has(text))
  })
}
