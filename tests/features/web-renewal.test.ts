// A page that comes back after its token has expired: renewed once, repeated once, and out only when the session is over.
import { expect, test } from 'bun:test'
import { type ApiProblem, createApi } from '../../web/api.ts'

const REFUSED = { code: 'not_signed_in', detail: 'Sign in.' }

/** A server that knows whether the token is good, and whether the session lives. */
function serverOf({ isFresh, lives }: { isFresh: boolean; lives: boolean }) {
  const calls: string[] = []
  let signedOut = 0
  const api = createApi({
    origin: 'http://bot.example',
    fetcher: async (input, init) => {
      const path = new URL(input).pathname
      calls.push(`${init?.method ?? 'GET'} ${path}`)
      if (path === '/api/auth/refresh') isFresh = lives
      if (!isFresh) return Response.json(REFUSED, { status: 401 })
      return Response.json({ items: [], body: init?.body ?? null })
    },
    onSignedOut: () => {
      signedOut++
    },
  })
  return { api, calls, signedOut: () => signedOut }
}

test('calls that find the token expired are made again behind one renewal', async () => {
  const { api, calls, signedOut } = serverOf({ isFresh: false, lives: true })
  await Promise.all([api.listKeys(), api.listAccounts()])
  expect(calls.filter((call) => call === 'POST /api/auth/refresh')).toHaveLength(1)
  expect(calls.filter((call) => call === 'GET /api/keys')).toHaveLength(2)
  expect(calls.filter((call) => call === 'GET /api/accounts')).toHaveLength(2)
  expect(signedOut()).toBe(0)
})

test('a call with a body is made again with it', async () => {
  const { api, calls } = serverOf({ isFresh: false, lives: true })
  const answer = await api.createKey({ name: 'Office' })
  expect(answer).toMatchObject({ body: JSON.stringify({ name: 'Office' }) })
  expect(calls).toEqual(['POST /api/keys', 'POST /api/auth/refresh', 'POST /api/keys'])
})

test('a session that is over is over', async () => {
  const { api, calls, signedOut } = serverOf({ isFresh: false, lives: false })
  const problem: ApiProblem = await api.listKeys().then(
    () => Promise.reject(new Error('it was let in')),
    (error) => error,
  )
  expect([problem.status, problem.code]).toEqual([401, 'not_signed_in'])
  expect(calls).toEqual(['GET /api/keys', 'POST /api/auth/refresh'])
  expect(signedOut()).toBe(1)
})
