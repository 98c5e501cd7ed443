// The door for tests in other processes: one WebSocket on loopback that calls verbs by name.

import type { Memory } from './memory.ts'
import { makeVerbs } from './verbs.ts'

export interface Call {
  seq: number
  group: string
  verb: string
  args: unknown[]
}
export type Answer = { seq: number; ok: true; result: unknown } | { seq: number; ok: false; error: string }

export type Caller = (group: string, verb: string, args: unknown[]) => Promise<unknown>

/** Calls a verb as a client would; results are copies. */
export function callerOf(memory: Memory): Caller {
  const verbs = makeVerbs(memory) as unknown as Record<
    string,
    Record<string, (...args: unknown[]) => unknown>
  >
  return async (group, verb, args) => {
    const run = verbs[group]?.[verb]
    if (!run) throw new Error(`no verb ${group}.${verb}`)
    const result = await run(...args)
    return result === undefined ? undefined : structuredClone(result)
  }
}

export function openControl(call: Caller) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response('the stand-in for WhatsApp Web', { status: 426 }),
    websocket: {
      idleTimeout: 960,
      async message(socket, text) {
        const { seq, group, verb, args } = JSON.parse(String(text)) as Call
        const answer: Answer = await call(group, verb, args).then(
          (result) => ({ seq, ok: true, result }),
          (error: Error) => ({ seq, ok: false, error: error.message }),
        )
        socket.send(JSON.stringify(answer))
      },
    },
  })
  return { url: `ws://127.0.0.1:${server.port}`, stop: () => server.stop(true) }
}
