// `bun run fuzz -- --requests N [--seed S]`: drives every operation of the API's document with good and broken input.
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { startTestApp, type TestApp } from '../support/app.ts'
import { Crowd } from './crowd.ts'
import { readDocument } from './document.ts'
import { encodeForm } from './forms.ts'
import { type Answer, createJudge } from './judge.ts'
import { type FuzzRequest, requests } from './requests.ts'
import { searchEverywhere } from './search.ts'

export interface Fault {
  /** The operation and what is wrong with its answer. */
  what: string
  /** The smallest request that shows it. */
  request: FuzzRequest
}

export interface FuzzResult {
  faults: Fault[]
  /** Requests made, by status. */
  statuses: Map<number, number>
  /** Operations that never answered 2xx: nothing behind their door was tried. */
  neverGood: string[]
  crowd: Crowd
  /** All that failed, as it was answered. */
  failures: () => string
}

export interface FuzzOptions {
  requests: number
  seed: number
  say?: (line: string) => void
}

/** After so many requests everybody is let in again. */
const BATCH = 40
const DEADLINE_MS = 20_000
/** The last ones are kept, to be searched. */
const MOST_FAILURES = 20_000

/** The app needs `TRUSTED_PROXIES=127.0.0.1`: each request comes from an address of its own. */
export async function fuzz(
  t: TestApp,
  { requests: count, seed, say = () => {} }: FuzzOptions,
): Promise<FuzzResult> {
  const document = await readDocument(t.url)
  const operations = new Map(document.operations.map((operation) => [operation.id, operation]))
  const judge = createJudge(document)
  const crowd = await Crowd.gather(t)
  const statuses = new Map<number, number>()
  const good = new Set<string>()
  const failures: string[] = []
  const known = new Map<string, Fault>()
  const any = requests(document.operations)

  async function play(request: FuzzRequest): Promise<string[]> {
    const operation = operations.get(request.operation)!
    const answer = await ask(t.url, crowd, request)
    if (typeof answer === 'string') return [answer]
    // Two dots in a path lead to another operation: what holds for every answer is all that is known then.
    const method = answer.isElsewhere ? 'ELSEWHERE' : request.method
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (answer.status < 300 && method === operation.method) good.add(operation.id)
    if (answer.status >= 400) failures.push(answer.text)
    if (failures.length > MOST_FAILURES) failures.splice(0, MOST_FAILURES / 2)
    return [...judge(operation, method, answer), ...foreign(crowd, request, answer)]
  }

  for (let done = 0; done < count; done += BATCH) {
    await crowd.heal()
    let shown: string[] = []
    const property = fc.asyncProperty(any, async (request) => {
      const faults = (await play(request)).map((what) => `${request.operation}: ${what}`)
      const fresh = faults.filter((what) => !known.has(what))
      if (fresh.length === 0) return true
      shown = fresh
      return false
    })
    const run = await fc.check(property, { numRuns: Math.min(BATCH, count - done), seed: seed + done })
    if (run.failed) {
      for (const what of shown) {
        known.set(what, { what, request: run.counterexample![0] })
        say(`✗ ${what}\n  ${JSON.stringify(run.counterexample![0]).slice(0, 1_500)}`)
      }
      // The rest of the batch is made up for.
      done -= BATCH - Math.min(BATCH, run.numRuns)
    }
    if (done % 2_000 < BATCH) say(`${done} requests`)
  }
  await crowd.heal()
  return {
    faults: [...known.values()],
    statuses,
    neverGood: [...operations.keys()].filter((id) => !good.has(id)),
    crowd,
    failures: () => failures.join('\n'),
  }
}

/** A sentence where no answer came. */
export async function ask(
  url: string,
  crowd: Crowd,
  request: FuzzRequest,
): Promise<(Answer & { isElsewhere: boolean }) | string> {
  const { member, text } = crowd.credential(request)
  const fill = (text: string) => crowd.fill(text, request, member)
  const headers: Record<string, string> = { ...request.headers, ...carry(request, text) }
  const search = [
    ...request.query.map(([name, value]) => `${encode(fill(name))}=${encode(fill(value))}`),
    request.rawQuery,
  ]
  const address = `${url}${fill(request.path)}?${search.filter(Boolean).join('&')}`
  const body =
    request.method === 'GET' || request.method === 'HEAD' ? null : readBody(request.body, headers, fill)
  try {
    const response = await fetch(address, {
      method: request.method,
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const isElsewhere = partsOf(new URL(address).pathname) < partsOf(request.path)
    return { status: response.status, headers: response.headers, text: await response.text(), isElsewhere }
  } catch (error) {
    return `no answer: ${(error as Error).name} ${(error as Error).message}`
  }
}

function partsOf(path: string): number {
  return path.split('/').length
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function carry({ carried }: FuzzRequest, text: string | null): Record<string, string> {
  if (text === null) return {}
  if (carried === 'cookie') return { cookie: `botwave_session=${text}`, 'sec-fetch-site': 'same-origin' }
  return carried === 'x-api-key' ? { 'x-api-key': text } : { authorization: `Bearer ${text}` }
}

function readBody(
  given: string | null,
  headers: Record<string, string>,
  fill: (text: string) => string,
): string | Uint8Array<ArrayBuffer> | null {
  if (given === null) return null
  if (given.startsWith('form:')) {
    const { type, bytes } = encodeForm(fill(given.slice(5)))
    headers['content-type'] = type
    return bytes
  }
  headers['content-type'] ??= 'application/json'
  const typed = /^type:(.*)\n/.exec(given)
  if (typed) headers['content-type'] = typed[1]!
  if (given.startsWith('base64:')) return new Uint8Array(Buffer.from(given.slice(7), 'base64'))
  return fill(typed ? given.slice(typed[0].length) : given)
}

/** Nobody else's id, address or thing stands in an answer, unless an admin asked. */
function foreign(crowd: Crowd, request: FuzzRequest, { text }: Answer): string[] {
  const { member } = crowd.credential(request)
  if (member?.kind === 'admin') return []
  // What the caller named themselves may be told back.
  const named = JSON.stringify([request.path, request.query, request.body])
  const leaks = crowd
    .strangersTo(member)
    .some(({ id, email }) => [id, email].some((word) => text.includes(word)))
  return leaks && !named.includes('<foreign user>') ? ['somebody else stands in the answer'] : []
}

/** One line with what happened. */
export function summary({ faults, statuses, neverGood }: FuzzResult): string {
  const sorted = [...statuses].sort(([a], [b]) => a - b)
  const total = sorted.reduce((sum, [, count]) => sum + count, 0)
  const silent = neverGood.length ? `; never 2xx: ${neverGood.join(', ')}` : ''
  return `${total} requests (${sorted.map(([status, count]) => `${status}: ${count}`).join(', ')}), ${faults.length} kinds of fault${silent}`
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  })
  console.log(`seed ${values.seed}`)
  const t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' }, logLevel: 'trace' })
  const startedAt = performance.now()
  try {
    const options = { requests: Number(values.requests), seed: Number(values.seed), say: console.log }
    const result = await fuzz(t, options)
    console.log(`${summary(result)} in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
    const { toured, found } = await searchEverywhere(t, result)
    for (const sentence of found) console.log(`✗ ${sentence}`)
    const secrets = toured.secrets.size + result.crowd.secrets.size
    console.log(`${secrets} secrets searched for in tables, log and failures: ${found.length} found`)
    process.exitCode = result.faults.length + found.length > 0 ? 1 : 0
  } finally {
    await t.stop()
  }
  process.exit()
}
