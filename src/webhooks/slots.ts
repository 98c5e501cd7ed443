// How many receivers are asked at once: those that hang share a few places of their own, and keep none from the others.

export interface Slots {
  /** Runs `ask` as soon as there is room; what it comes to decides where its receiver waits the next time. */
  use<T extends { ok: boolean; ms: number }>(
    id: string,
    wasFailing: boolean,
    ask: () => Promise<T>,
  ): Promise<T>
  /** These are all there are; what was known of others is forgotten. */
  keepOnly(ids: Set<string>): void
}

/** Everybody's together. Bun itself makes 256 requests at once and no more; the rest is for files. */
const PROMPT = 176
const TARDY = 64
const TARDY_MS = 2_000

export function createSlots(): Slots {
  const rooms = { prompt: createRoom(PROMPT), tardy: createRoom(TARDY) }
  /** Webhooks that took long at their last try, or did not take it. */
  const tardy = new Set<string>()
  return {
    async use(id, wasFailing, ask) {
      const room = wasFailing || tardy.has(id) ? rooms.tardy : rooms.prompt
      const answer = await room(ask)
      if (answer.ok && answer.ms < TARDY_MS) tardy.delete(id)
      else tardy.add(id)
      return answer
    },
    keepOnly(ids) {
      for (const id of tardy) if (!ids.has(id)) tardy.delete(id)
    },
  }
}

/** Lets so many in at once; the others wait in line. */
function createRoom(count: number) {
  const waiting: (() => void)[] = []
  let free = count
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
