// How the product ends: SIGTERM drains and leaves nothing, whatever is under way; the next start goes on.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { until } from '../support/product.ts'
import { Stage } from './stage.ts'

setDefaultTimeout(180_000)
const DRAIN_LIMIT_MS = 15_000

let stage: Stage
beforeAll(async () => {
  stage = new Stage()
  await stage.open({ choices: ['hold', 'hold'], say: () => {} })
})
afterAll(() => stage?.[Symbol.asyncDispose]())

/** SIGTERM; answers how long it took. Fails when it was not a clean end, or left a process. */
async function end(): Promise<number> {
  const startedAt = performance.now()
  const code = await stage.product!.stop()
  const ms = performance.now() - startedAt
  expect(stage.leftProcesses()).toEqual([])
  expect({ code, output: code === 0 ? '' : stage.product!.output() }).toEqual({ code: 0, output: '' })
  return ms
}

async function untilReady(): Promise<void> {
  const states = async () =>
    (await stage.call('GET', '/api/accounts')).body.items.map(({ state }: { state: string }) => state)
  await until(async () => (await states()).every((state: string) => state === 'ready'))
}

const send = (message: string, query = '') =>
  stage.call('POST', `/api/messages/send${query}`, {
    account_id: stage.accounts[0]!.id,
    number: '+4917139200110',
    message,
  })

const statusOf = async (id: string) => (await stage.call('GET', `/api/messages/${id}`)).body.status

test('with an answer awaited, a socket open and a hand-over that hangs', async () => {
  const { phone } = stage.accounts[0]!
  await phone.set({ acks: 'none' })
  await phone.failNextSend({ when: 'after', how: 'hang' })
  const awaited = send('hangs', '?wait=25').catch(() => null)
  await stage.whatsapp.waitForWire({ text: 'hangs' })
  const waiting = await send('waits behind it')
  expect(waiting.status).toBe(202)
  const socket = await stage.openSocket()

  expect(await end()).toBeLessThan(DRAIN_LIMIT_MS)
  // Answered, or cut off; not left hanging.
  const answer = await awaited
  if (answer) expect(answer.status).toBe(202)
  await socket.closed

  await phone.set({ acks: 'delivered' })
  await stage.start()
  await untilReady()
  await until(async () => (await statusOf(waiting.body.id)) === 'delivered')
  expect(await stage.whatsapp.wire({ text: 'hangs' })).toHaveLength(1)
})

test('with a browser that is frozen', async () => {
  const { phone } = stage.accounts[1]!
  await phone.freezeBrowser()
  expect(await end()).toBeLessThan(DRAIN_LIMIT_MS)
  await stage.start()
  await untilReady()
})

test('idle: within seconds', async () => {
  expect(await end()).toBeLessThan(10_000)
  await stage.start()
  await untilReady()
})
