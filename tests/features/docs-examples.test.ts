// Every example of the documentation, run as a reader would run it, and held to what the page says comes of it.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { Webhook } from 'standardwebhooks'
import { docsPages } from '../../web/docs/pages.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import {
  differences,
  type Example,
  namesOf,
  openDesk,
  pick,
  placeOf,
  readExamples,
  wordsOf,
} from '../support/examples.ts'
import { METRICS_TOKEN, type Reader, scenes, startReader } from '../support/reader.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

setDefaultTimeout(60_000)

/** Examples that are shown and not run, by page and first line, and why. */
const NOT_RUN: Record<string, string> = {
  'index: git clone <the repository> botwave && cd botwave': 'it gets the program that runs here',
  'index: export BOTWAVE_URL=http://127.0.0.1:3000': 'the test sets both for every example',
  'deployment: bun run build': 'it takes a minute; what it makes is run by tests/binary',
  'deployment: ./botwave supervisord > /etc/supervisor/conf.d/botwave.conf':
    'tests/binary/supervisord.test.ts',
  'deployment: PUBLIC_URL=https://botwave.example TRUSTED_PROXIES=127.0.0.1 ./botwave serve':
    'it never ends; what both mean is held by tests/features/config.test.ts and limits.test.ts',
  'operating: ./botwave doctor': 'tests/features/doctor.test.ts',
  'operating: ./botwave admin reset admin@example.com': 'tests/features/commands.test.ts',
}

/** What they need; Debian's gate installs it. Dates are asked for as GNU's date has it. */
const tools =
  process.platform === 'linux' && ['curl', 'openssl', 'python3'].every((tool) => Bun.which(tool) !== null)

let t: TestApp
let receiver: Receiver
beforeAll(async () => {
  t = await startTestApp({ env: { OUTBOUND_ALLOW: '127.0.0.0/8', METRICS_TOKEN } })
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.stop()
  await t.stop()
})

const isAnswer = ({ language }: Example) => language === 'json' || language === 'text'

test('what is not run is named here with its reason, and nothing else', () => {
  const left = docsPages
    .flatMap(readExamples)
    .filter((example) => !isAnswer(example) && !example.words.includes('run'))
    .map(({ page, text }) => `${page}: ${text.split('\n', 1)[0]}`)
  expect(left.toSorted()).toEqual(Object.keys(NOT_RUN).toSorted())
})

test('every scene is on a page', () => {
  const named = docsPages
    .flatMap(readExamples)
    .flatMap((example) => [...wordsOf(example, 'when'), ...wordsOf(example, 'then')])
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(scenes).toSorted())
})

test.if(tools).each(docsPages)('the examples of %s', async (page) => {
  const reader = await startReader(t, receiver)
  const examples = readExamples(page).map((example) => atHome(reader, example))
  for (const [at, example] of examples.entries()) {
    if (example.words.includes('arrived')) {
      await play(reader, wordsOf(example, 'when'))
      hold(example, receiver.arrived.at(-1)!.body, reader)
    }
    if (!example.words.includes('run')) continue
    const next = examples[at + 1]
    const answer = next && isAnswer(next) ? next : null
    await play(reader, wordsOf(example, 'when'))
    if (example.words.includes('goes-on')) await follow(reader, example, answer)
    else await runOnce(reader, example, answer)
  }
  reader.desk.close()
  await reader.files.stop()
})

/** The servers in the other two languages are shown a forged and an old one on their page. */
test.if(tools)('the check in shell takes what is genuine and nothing else', async () => {
  const example = readExamples('webhooks').find(
    ({ language, text }) => language === 'sh' && text.includes('openssl'),
  )!
  const secret = `whsec_${btoa('a secret of thirty-two bytes ok!')}`
  const now = new Date()
  const old = new Date(now.getTime() - 600_000)
  const body = JSON.stringify({ text: 'Grüße, 100 % genuine\\n' })
  const sign = (at: Date, secret: string) => new Webhook(secret).sign('msg_1', at, body)
  const other = sign(now, `whsec_${btoa('another of thirty-two bytes, ok!')}`)
  const check = async (at: Date, signature: string, arrived = body) => {
    const desk = openDesk({
      WEBHOOK_SECRET: secret,
      WEBHOOK_ID_HEADER: 'msg_1',
      WEBHOOK_TIMESTAMP: String(Math.floor(at.getTime() / 1000)),
      WEBHOOK_SIGNATURE: signature,
    })
    desk.put('body.json', arrived)
    const { output } = await desk.run(example)
    desk.close()
    return output.trim()
  }
  expect(await check(now, sign(now, secret))).toBe('genuine: yes')
  expect(await check(now, `${other} ${sign(now, secret)}`)).toBe('genuine: yes')
  expect(await check(now, other)).toBe('genuine: no')
  expect(await check(now, sign(now, secret), `${body} `)).toBe('genuine: no')
  expect(await check(now, '')).toBe('genuine: no')
  expect(await check(old, sign(old, secret))).toBe('genuine: no')
})

test('an answer that does not follow a run example would be seen', () => {
  const stray = docsPages.flatMap((page) => {
    const examples = readExamples(page)
    return examples
      .filter(
        (one, at) =>
          isAnswer(one) && !one.words.includes('arrived') && !examples[at - 1]?.words.includes('run'),
      )
      .map(placeOf)
  })
  expect(stray).toEqual([])
})

test('a page that says something else than what is answered would be seen', () => {
  const found = { id: '01ab', count: 3, list: [1, 2], none: null }
  const ask = (said: unknown) => differences(said, found, { NAME: '01ab' }).length
  expect(ask({ id: '01…', count: 3, list: [1, 2], none: null })).toBe(0)
  expect(ask({ id: '$NAME', '…': '…' })).toBe(0)
  expect(ask({ id: '02…', '…': '…' })).toBe(1)
  expect(ask({ id: '01ab' })).toBe(3)
  expect(ask({ none: '…', '…': '…' })).toBe(1)
  expect(ask({ list: [1], '…': '…' })).toBe(1)
  expect(ask({ list: [1, '…'], '…': '…' })).toBe(0)
  expect(ask({ more: null, '…': '…' })).toBe(1)
})

async function play(reader: Reader, names: string[]): Promise<void> {
  for (const name of names) {
    const scene = scenes[name]
    if (!scene) throw new Error(`there is no scene ${name}`)
    await scene(reader)
  }
}

async function runOnce(reader: Reader, example: Example, answer: Example | null): Promise<void> {
  const { desk } = reader
  const ran = await desk.run(example)
  const [status] = wordsOf(example, 'status').map(Number)
  const wrong = ran.statuses.filter((found) => (status ? found !== status : found < 200 || found > 299))
  if (ran.code !== 0 || wrong.length > 0) {
    const { code, output, errors } = ran
    throw new Error(`${placeOf(example)} ended with ${code}\n${output}\n${errors}`)
  }
  if (answer) hold(answer, ran.output, reader)
}

/** Compares with the page, and remembers what later examples name. */
function hold(answer: Example, output: string, { desk }: Reader): void {
  const isJson = answer.language === 'json'
  const found = isJson ? JSON.parse(output) : output.trim()
  const differs = differences(isJson ? JSON.parse(answer.text) : answer.text, found, desk.variables)
  expect({ place: placeOf(answer), differs }).toEqual({ place: placeOf(answer), differs: [] })
  for (const [name, path] of namesOf(answer)) desk.variables[name] = pick(found, path)
}

/** A program that goes on: until it has said what the page says. The scenes of `then` begin with its first line. */
async function follow(reader: Reader, example: Example, answer: Example | null): Promise<void> {
  if (!answer) throw new Error(`${placeOf(example)} goes on, and the page does not say what it prints`)
  const child = reader.desk.start(example)
  const errors = new Response(child.stderr).text()
  let output = ''
  try {
    const then = wordsOf(example, 'then')
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream() as never)) {
      output += chunk
      if (output.includes('\n')) await play(reader, then.splice(0))
      if (differences(answer.text, output.trim(), reader.desk.variables).length === 0) return
      if (output.split('\n').length > answer.text.split('\n').length) break
    }
    child.kill()
    throw new Error(`${placeOf(example)} printed\n${output}\n${await errors}`)
  } finally {
    child.kill()
    await child.exited
  }
}

/** What stands for somebody else's server is one of ours. */
function atHome({ receiver, files }: Reader, example: Example): Example {
  const text = example.text
    .replaceAll('https://example.com/hook', receiver.url)
    .replaceAll('https://files.example.com', files.url.origin)
  return { ...example, text }
}
