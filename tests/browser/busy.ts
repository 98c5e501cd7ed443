// People who sent a lot, and what a browser can say about the screens that show it.
import { fillFortnight } from '../support/fortnight.ts'
import type { Stage, Visit } from './stage.ts'

/** An admin with three accounts and a fortnight of messages, and somebody else with some. */
export async function makeBusy({ sql }: Stage): Promise<{ admin: string; person: string }> {
  const [admin, person] = ['busy', 'less.busy.with.a.longer.name'].map(
    (name) => `${name}-${crypto.randomUUID().slice(0, 8)}@example.com`,
  ) as [string, string]
  for (const [email, role, perDay] of [
    [admin, 'admin', 420],
    [person, 'user', 90],
  ] as const) {
    const userId = Bun.randomUUIDv7()
    await sql`insert into users (id, email, role, password_hash)
      select ${userId}, ${email}, ${role}, password_hash from users where email = 'priya@example.com'`
    for (const [name, state, reason, share] of [
      ['Shop', 'conflict', 'conflict', perDay],
      ['Support', 'failed', 'page_unreachable', perDay / 5],
      ['Old phone', 'stopped', 'stopped_by_owner', 1],
    ] as const) {
      const accountId = Bun.randomUUIDv7()
      await sql`insert into accounts (id, user_id, name, phone, state, reason, linked_at)
        values (${accountId}, ${userId}, ${name}, '491600000077', ${state}, ${reason}, now() - interval '30 days')`
      await fillFortnight(sql, { userId, accountId, perDay: share })
    }
  }
  return { admin, person }
}

/** From now on each page adds up by how much its content moved without a person's doing, as browsers score it. */
export async function watchShifts({ page }: Visit): Promise<void> {
  await page.addInitScript(() => {
    const counted = window as unknown as { shifted: number }
    counted.shifted = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
        if (!entry.hadRecentInput) counted.shifted += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  })
}

/** Of this page, once what it shows was painted. */
export function shifted({ page }: Visit): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const answer = () => setTimeout(() => resolve((window as unknown as { shifted: number }).shifted))
        requestAnimationFrame(() => requestAnimationFrame(answer))
      }),
  )
}

/** How many colours the chart is made of, leaving out those of soft edges. */
export function drawnColors({ page }: Visit): Promise<number> {
  return page.locator('[data-chart] canvas').evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    const counts = new Map<string, number>()
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] !== 255) continue
      const color = data.slice(at, at + 3).join()
      counts.set(color, (counts.get(color) ?? 0) + 1)
    }
    return [...counts.values()].filter((count) => count > 150).length
  })
}
