// Loads an HTTP route over kept connections, as lean as can be: what is measured is the server, not its caller.

/** The whole text of a request, and whether the last answer was right. */
export interface Load {
  url: string
  /** Path, further headers and body of the `n`th request. */
  request: (n: number) => { path: string; headers: Record<string, string>; body: string }
  /** The only right answer. */
  status: number
  connections: number
}

export interface Loaded {
  /** Right answers a second. */
  perSecond: number
  /** Of each right answer. */
  latenciesMs: number[]
}

/** As many as it takes: each connection asks again at once. Throws when any answer is not the right one. */
export async function loadClosed(load: Load, seconds: number): Promise<Loaded> {
  const lines = await openLines(load)
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  let count = 0
  await Promise.all(
    lines.map(async (line) => {
      for (let at = performance.now(); at < endAt; at = performance.now()) {
        await line.ask(textOf(load, count++))
        latenciesMs.push(performance.now() - at)
      }
    }),
  )
  const tookMs = performance.now() - startedAt
  for (const line of lines) line.close()
  return { perSecond: (latenciesMs.length / tookMs) * 1000, latenciesMs }
}

/** So many a second, whatever becomes of them: latency counts from the moment at which each was due. */
export async function loadOpen(load: Load, seconds: number, rate: number): Promise<Loaded> {
  const lines = await openLines(load)
  const free = [...lines]
  const late: number[] = []
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  const total = seconds * rate
  const { promise: over, resolve, reject } = Promise.withResolvers<void>()
  const dispatch = () => {
    while (late.length && free.length) {
      const n = late.shift()!
      const line = free.pop()!
      line.ask(textOf(load, n)).then(() => {
        latenciesMs.push(performance.now() - startedAt - (n / rate) * 1000)
        free.push(line)
        dispatch()
        if (latenciesMs.length === total) resolve()
      }, reject)
    }
  }
  let due = 0
  const clock = setInterval(() => {
    for (const now = performance.now() - startedAt; due < total && (due / rate) * 1000 <= now; due++) {
      late.push(due)
    }
    dispatch()
  }, 1)
  await over.finally(() => clearInterval(clock))
  const tookMs = performance.now() - startedAt
  for (const line of lines) line.close()
  return { perSecond: (total / tookMs) * 1000, latenciesMs }
}

function textOf({ url, request }: Load, n: number): string {
  const { path, headers, body } = request(n)
  const all = { host: new URL(url).host, 'content-type': 'application/json', ...headers }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${head.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

interface Line {
  /** One request; resolves with its answer. */
  ask(text: string): Promise<void>
  close(): void
}

function openLines(load: Load): Promise<Line[]> {
  return Promise.all(Array.from({ length: load.connections }, () => openLine(load)))
}

async function openLine({ url, status }: Load): Promise<Line> {
  const { hostname, port } = new URL(url)
  let answer = ''
  let waiting: { resolve: () => void; reject: (error: Error) => void } | null = null
  const fail = (detail: string) => waiting?.reject(new Error(detail))
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, chunk) => {
        answer += chunk.toString('latin1')
        if (!isWhole(answer)) return
        const right = answer.startsWith(`HTTP/1.1 ${status} `)
        if (right) waiting?.resolve()
        else fail(`not the answer ${status}: ${answer}`)
        waiting = null
        answer = ''
      },
      close: () => fail('the connection was closed'),
      error: (_, error) => fail(error.message),
    },
  })
  return {
    ask: (text) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(text)
      }),
    close: () => {
      waiting = null
      socket.end()
    },
  }
}

/** Both servers say the length of every body. */
function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n')
  if (headEnd < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd))?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${answer}`)
  return answer.length >= headEnd + 4 + Number(length)
}
