// Requests that users aim, against real servers of ours: only what was judged is reached, by name, redirect or trick.
import { afterAll, expect, test } from 'bun:test'
import { createOutbound, OutboundError, type OutboundRequest } from '../../src/outbound.ts'
import { makeCertificate } from '../whatsapp/certificate.ts'

const undo: (() => unknown)[] = []
afterAll(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

interface Receiver {
  port: number
  /** `METHOD host path` of what arrived. */
  seen: string[]
}

function listen(
  answer: (request: Request) => Response | Promise<Response>,
  hostname = '127.0.0.1',
): Receiver {
  const seen: string[] = []
  const server = Bun.serve({
    hostname,
    port: 0,
    fetch: (request) => {
      seen.push(`${request.method} ${request.headers.get('host')} ${new URL(request.url).pathname}`)
      return answer(request)
    },
  })
  undo.push(() => server.stop(true))
  return { port: server.port!, seen }
}

const LOOPBACK = ['127.0.0.0/8']

/** The body of an answer, or the code of the failure. */
async function ask(
  parts: Parameters<typeof createOutbound>[0],
  url: string,
  request: OutboundRequest = {},
): Promise<string> {
  try {
    const answer = await createOutbound(parts).request(url, request)
    return `${answer.status} ${await new Response(answer.body).text()}`
  } catch (error) {
    if (error instanceof OutboundError) return error.code
    throw error
  }
}

test('a private address is refused however it is written, and nothing arrives', async () => {
  const { port, seen } = listen(() => new Response('secret'))
  for (const host of [
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '017700000001',
      '127.0.0.1.',
      '[::ffff:127.0.0.1]',
      '[::1]',
    ],
    ...[
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      '１２７.０.０.１',
      '127。0。0。1',
      '0',
      '[::]',
    ],
  ]) {
    expect([host, await ask({ allow: [] }, `http://${host}:${port}/`)]).toEqual([host, 'private_address'])
  }
  expect(seen).toEqual([])
})

test.each([
  'ftp://example.com/',
  'file:///etc/passwd',
  'unix:/run/x',
  'http://user@example.com/',
  'http://user:password@example.com/',
  'http://127.0.0.1@example.com/',
  'javascript:alert(1)',
  'data:text/plain,x',
  'example.com',
  '//example.com',
  'http://',
  `http://example.com/${'x'.repeat(2_000)}`,
])('%s is no address for this', async (url) => {
  const outbound = createOutbound({ allow: [], resolve: async () => ['8.8.8.8'] })
  expect(outbound.judge(url)).toBe('bad_url')
  expect(await ask({ allow: [] }, url)).toBe('bad_url')
})

test('a name is reached at the address that was judged, under its own name', async () => {
  const { port, seen } = listen(() => new Response('hello'))
  const resolve = async () => ['127.0.0.1']
  expect(await ask({ allow: LOOPBACK, resolve }, `http://hooks.example.com:${port}/a`)).toBe('200 hello')
  expect(seen).toEqual([`GET hooks.example.com:${port} /a`])
})

test('rebinding: whatever the name means a moment later, the connection goes where it was judged to go', async () => {
  const good = listen(() => new Response('good'), '127.0.0.1')
  const asked: string[] = []
  const answers = [['127.0.0.1'], ['127.0.0.2'], ['10.0.0.1']]
  const resolve = async (name: string) => {
    asked.push(name)
    return answers[asked.length - 1] ?? []
  }
  // Only the first address is allowed; the second answer of the same name is not, and is never connected to.
  const parts = { allow: ['127.0.0.1'], resolve }
  expect(await ask(parts, `http://rebind.example.com:${good.port}/`)).toBe('200 good')
  expect(asked).toEqual(['rebind.example.com'])
  expect(await ask(parts, `http://rebind.example.com:${good.port}/`)).toBe('private_address')
  expect(await ask(parts, `http://rebind.example.com:${good.port}/`)).toBe('private_address')
  expect(good.seen).toHaveLength(1)
})

test('one private address among public ones spoils the name', async () => {
  const { port, seen } = listen(() => new Response('secret'))
  const resolve = async () => ['93.184.215.14', '127.0.0.1']
  expect(await ask({ allow: [], resolve }, `http://mixed.example.com:${port}/`)).toBe('private_address')
  expect(seen).toEqual([])
})

test('a name without an address, and one that resolves for ever', async () => {
  expect(await ask({ allow: [], resolve: async () => [] }, 'http://none.example.com/')).toBe('name_unknown')
  const never = () => new Promise<string[]>(() => {})
  expect(await ask({ allow: [], resolve: never }, 'http://slow.example.com/', { timeoutMs: 50 })).toBe(
    'too_slow',
  )
})

test('the second address is tried when nobody listens at the first', async () => {
  const { port } = listen(() => new Response('second'), '127.0.0.3')
  const resolve = async () => ['127.0.0.2', '127.0.0.3']
  expect(await ask({ allow: LOOPBACK, resolve }, `http://two.example.com:${port}/`)).toBe('200 second')
})

test('redirects are answers unless asked for; each one is judged anew', async () => {
  const inner = listen(() => new Response('inside'), '127.0.0.2')
  const { port } = listen((request) => {
    const { pathname } = new URL(request.url)
    const to = {
      '/inside': `http://127.0.0.2:${inner.port}/secret`,
      '/number': `http://2130706434:${inner.port}/secret`,
      '/relative': '/end',
      '/loop': '/loop',
      '/login': 'http://user:password@127.0.0.1/',
      '/file': 'file:///etc/passwd',
    }[pathname]
    return to ? new Response(null, { status: 302, headers: { location: to } }) : new Response('end')
  })
  const parts = { allow: ['127.0.0.1'] }
  const url = (path: string) => `http://127.0.0.1:${port}${path}`
  const follow = { maxRedirects: 5 }
  expect(await ask(parts, url('/inside'))).toBe('302 ')
  expect(await ask(parts, url('/inside'), follow)).toBe('private_address')
  expect(await ask(parts, url('/number'), follow)).toBe('private_address')
  expect(await ask(parts, url('/relative'), follow)).toBe('200 end')
  expect(await ask(parts, url('/loop'), follow)).toBe('too_many_redirects')
  expect(await ask(parts, url('/login'), follow)).toBe('bad_url')
  expect(await ask(parts, url('/file'), follow)).toBe('bad_url')
  expect(inner.seen).toEqual([])
})

test('headers are for who they were meant for: another origin gets none of them', async () => {
  const got: (string | null)[] = []
  const other = listen((request) => {
    got.push(request.headers.get('authorization'))
    return new Response('other')
  })
  const { port } = listen((request) => {
    got.push(request.headers.get('authorization'))
    return Response.redirect(`http://127.0.0.1:${other.port}/`, 307)
  })
  const request = { headers: { authorization: 'Bearer x' }, maxRedirects: 1 }
  expect(await ask({ allow: LOOPBACK }, `http://127.0.0.1:${port}/`, request)).toBe('200 other')
  expect(got).toEqual(['Bearer x', null])
})

test('an answer that is too large, said or not', async () => {
  const { port } = listen((request) => {
    if (new URL(request.url).pathname === '/said') return new Response('x'.repeat(5_000))
    const chunks = async function* () {
      for (let at = 0; at < 5; at++) yield new TextEncoder().encode('x'.repeat(1_000))
    }
    return new Response(chunks() as never)
  })
  const url = `http://127.0.0.1:${port}`
  expect(await ask({ allow: LOOPBACK }, `${url}/said`, { maxBytes: 4_999 })).toBe('too_large')
  expect(await ask({ allow: LOOPBACK }, `${url}/chunks`, { maxBytes: 4_999 })).toBe('too_large')
  expect(await ask({ allow: LOOPBACK }, `${url}/chunks`, { maxBytes: 5_000 })).toBe(
    `200 ${'x'.repeat(5_000)}`,
  )
})

test('what is packed stays packed: a small answer cannot become a large one', async () => {
  const packed = Bun.gzipSync(new Uint8Array(1_000_000))
  const { port } = listen(() => new Response(packed, { headers: { 'content-encoding': 'gzip' } }))
  const answer = await createOutbound({ allow: LOOPBACK }).request(`http://127.0.0.1:${port}/`)
  expect((await new Response(answer.body).bytes()).byteLength).toBe(packed.byteLength)
})

test('nobody there, no answer, an answer that stops half-way, and one that drips', async () => {
  const { port } = listen(() => new Promise<Response>(() => {}))
  const half = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
        socket.flush()
        socket.end()
      },
    },
  })
  undo.push(() => half.stop(true))
  const drip = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ndrip')
        socket.flush()
      },
    },
  })
  undo.push(() => drip.stop(true))
  const closed = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port: free } = closed
  closed.stop(true)
  const url = (to: number) => `http://127.0.0.1:${to}/`
  expect(await ask({ allow: LOOPBACK }, url(free))).toBe('unreachable')
  expect(await ask({ allow: LOOPBACK }, url(port), { timeoutMs: 100 })).toBe('too_slow')
  expect(await ask({ allow: LOOPBACK }, url(half.port))).toBe('cut_off')
  expect(await ask({ allow: LOOPBACK }, url(drip.port), { timeoutMs: 100 })).toBe('too_slow')
})

test('a proxy in the environment is passed by: it would resolve the name itself', async () => {
  const { port } = listen(() => new Response('direct'))
  const before = process.env.HTTP_PROXY
  process.env.HTTP_PROXY = 'http://127.0.0.9:9'
  try {
    expect(await ask({ allow: LOOPBACK }, `http://127.0.0.1:${port}/`)).toBe('200 direct')
  } finally {
    if (before === undefined) delete process.env.HTTP_PROXY
    else process.env.HTTP_PROXY = before
  }
})

test('https: the certificate is for the name, whatever the address', async () => {
  const { certPem, keyPem } = makeCertificate('hooks.example.com')
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: { cert: certPem, key: keyPem },
    fetch: (request) => new Response(request.headers.get('host')),
  })
  undo.push(() => server.stop(true))
  const resolve = async () => ['127.0.0.1']
  const parts = { allow: LOOPBACK, resolve, ca: certPem }
  const url = (name: string) => `https://${name}:${server.port}/`
  expect(await ask(parts, url('hooks.example.com'))).toBe(`200 hooks.example.com:${server.port}`)
  // A connection that is kept open for one name is no way to another.
  expect(await ask(parts, url('other.example.com'))).toBe('bad_certificate')
  expect(await ask(parts, url('127.0.0.1'))).toBe('bad_certificate')
  expect(await ask({ allow: LOOPBACK, resolve }, url('hooks.example.com'))).toBe('bad_certificate')
})
