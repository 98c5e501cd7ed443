// One Worker as the main thread sees it: answers, deadlines, strangers' words, and every way it can end.
import { afterEach, expect, test } from 'bun:test'
import { Thread, ThreadError } from '../../src/accounts/thread.ts'
import type { SignalMessage } from '../../workers/protocol.ts'
import type { Order, Report } from '../support/scripted-worker.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function start(pingEveryMs = 60_000) {
  const accountId = crypto.randomUUID()
  const gone = Promise.withResolvers<{ code: string; detail: string }>()
  const signals: SignalMessage[] = []
  const thread = new Thread({
    worker: new URL('../support/scripted-worker.ts', import.meta.url),
    generation: 1,
    run: 7,
    pingEveryMs,
    onSignal: (signal) => signals.push(signal),
    onGone: (code, detail) => gone.resolve({ code, detail }),
  })
  const channel = new BroadcastChannel(`scripted ${accountId}`)
  const heard = Promise.withResolvers<Report>()
  channel.onmessage = (event: MessageEvent<{ report?: Report }>) => {
    if (event.data.report?.did === 'acks-set') heard.resolve(event.data.report)
  }
  closers.push(() => {
    thread.terminate()
    channel.close()
  })
  const browser = {
    executable: '',
    flags: [],
    env: {},
    sandbox: false,
    kind: 'chrome' as const,
    origin: 'none',
  }
  const options = {
    accountId,
    profileDir: '/nonexistent',
    browser,
    webPage: null,
    pairingPhone: null,
    linked: true,
    memory: { softMb: 100_000, hardMb: 100_000, everyMs: 60_000, idleMs: 60_000 },
  }
  return {
    thread,
    signals,
    gone: gone.promise,
    started: thread.ask('start', options, 20_000),
    order: (order: Order) => channel.postMessage({ order }),
    heard: heard.promise,
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((error) => error)
  expect(error).toBeInstanceOf(ThreadError)
  return (error as ThreadError).code
}

test('answers find the question they belong to, whatever order they are asked in', async () => {
  const { thread, started } = start()
  await started
  const answers = await Promise.all([
    thread.ask('number', { number: '491511111111' }, 5_000),
    thread.ask('acks', { ids: ['A'] }, 5_000),
    thread.ask('number', { number: '491522222222' }, 5_000),
  ])
  expect(answers).toEqual([
    { chatId: '491511111111@c.us' },
    { pageLoad: 'page', acks: { A: null } },
    { chatId: '491522222222@c.us' },
  ])
})

test('a question without an answer ends at its deadline', async () => {
  const { thread, started, order, heard } = start()
  await started
  order({ do: 'outcomes', outcomes: ['hang'] })
  order({ do: 'acks', acks: {} })
  await heard
  const ask = { messageId: 'm', whatsappId: '3EB0', chatId: '491511111111@c.us', text: 'x' }
  expect(await codeOf(thread.ask('send', ask, 50))).toBe('deadline')
})

test('a Worker that dies in the middle: the question may have had its effect, later ones had none', async () => {
  const { thread, started, gone, order, heard } = start()
  await started
  order({ do: 'outcomes', outcomes: ['die'] })
  order({ do: 'acks', acks: {} })
  await heard
  const ask = { messageId: 'm', whatsappId: '3EB0', chatId: '491511111111@c.us', text: 'x' }
  expect(await codeOf(thread.ask('send', ask, 20_000))).toBe('page_lost')
  expect((await gone).code).toBe('worker_error')
  expect(await codeOf(thread.ask('number', { number: '1' }, 5_000))).toBe('not_started')
})

test('a Worker that spins is found and ended', async () => {
  const { started, gone, order } = start(50)
  await started
  order({ do: 'spin' })
  expect((await gone).code).toBe('worker_stuck')
})

test('a Worker that is busy for a moment is left alone', async () => {
  const { thread, started, signals } = start(50)
  await started
  expect(await thread.ask('ping', {}, 5_000)).toEqual({})
  expect(signals.map((signal) => signal.name)).toEqual(['state', 'ready'])
})

test('terminating ends it at once', async () => {
  const { thread, started, gone } = start()
  await started
  thread.terminate()
  expect((await gone).detail).toBe('the Worker was terminated')
})
