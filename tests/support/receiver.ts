// Somebody's server that takes webhooks: a real one on loopback that answers as a test says and keeps what arrived.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

export interface Arrived {
  id: string
  signature: string
  headers: Headers
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever arrived
  json: any
  atMs: number
}

export interface Receiver {
  url: string
  /** Everything that arrived, repetitions too, in the order of arrival. */
  arrived: Arrived[]
  /** The ids that were answered 2xx, in order. */
  taken: string[]
  /** How the next requests are answered; `hang`: never; `cut`: the connection ends in the middle of the answer. */
  answer: (arrived: Arrived) => Response | 'hang' | 'cut' | Promise<Response | 'hang' | 'cut'>
  /** Resolves when so many have arrived. */
  until(count: number): Promise<void>
  /** Whether the official library takes it with this secret. */
  verifies(arrived: Arrived, secret: string): boolean
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  let heard = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const headers = new Headers(request.headers as Record<string, string>)
    const arrived: Arrived = {
      id: headers.get('webhook-id') ?? '',
      signature: headers.get('webhook-signature') ?? '',
      headers,
      body,
      json: JSON.parse(body),
      atMs: performance.now(),
    }
    receiver.arrived.push(arrived)
    heard.resolve()
    heard = Promise.withResolvers()
    const answer = await receiver.answer(arrived)
    if (answer === 'hang') return
    if (answer === 'cut') {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.socket?.destroy())
      return
    }
    if (answer.ok) receiver.taken.push(arrived.id)
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    arrived: [],
    taken: [],
    answer: () => new Response('thanks'),
    async until(count) {
      while (receiver.arrived.length < count) await heard.promise
    },
    verifies({ body, headers }, secret) {
      try {
        new Webhook(secret).verify(body, Object.fromEntries(headers))
        return true
      } catch {
        return false
      }
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return receiver
}
