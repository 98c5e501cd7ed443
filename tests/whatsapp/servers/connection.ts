// From the page's hello to "synced": which device it is, what it has missed, and in which state it ends up.
import { meOf, startRefs } from './linking.ts'
import type { Device, Memory, Phone } from './memory.ts'
import type { Line, Page } from './page.ts'
import { tellAck, tellIncoming } from './wire.ts'

/** After the first frame of every line. */
export async function greet(memory: Memory, page: Page, line: Line): Promise<void> {
  if (memory.settings.opening === 'held') {
    await memory.until('pages to be let in', () => memory.settings.opening === 'open', 2 ** 31 - 1)
    if (page.line !== line) return
  }
  const { device, token } = line.data
  if (!device) return startRefs(memory, page)
  const owner = memory.ownerOf(device)
  if (!owner || owner.device.token !== token) {
    page.device = null
    return page.order('logout', {})
  }
  page.device = device
  await connected(memory, page, owner.phone, owner.device)
}

/** Everything a linked page gets, in the order of the real one: itself, what it missed, then the sync. */
export async function connected(memory: Memory, page: Page, phone: Phone, device: Device): Promise<void> {
  const { settings } = phone
  await page.order('ackEvents', { on: settings.ackEvents })
  if (settings.state) return page.order('state', { state: settings.state })
  await page.order('connected', { me: meOf(phone), groups: phone.groups, names: {} })
  for (const group of phone.groups) await page.order('group', { group })
  for (const message of [...device.queue]) await tellIncoming(memory, page, message)
  for (const entry of memory.wire.values()) {
    if (entry.from === phone.number && entry.ack !== entry.ackTold)
      await tellAck(memory, page, entry, entry.ack)
  }
  if (!page.synced && settings.sync !== 'held' && settings.sync !== 'never') {
    await page.order('sync', { how: settings.sync === 'early' ? 'now' : 'listened' })
  }
  // Half open, whatever it tries: connected first, then nothing more.
  if (settings.line === 'deaf') page.deaf = 'load'
}

/** The line of every page of this phone is cut; they keep trying. */
export function cutLines(memory: Memory, phone: Phone): void {
  for (const page of pagesOf(memory, phone)) page.line?.close(1001, 'cut')
}

export function pagesOf(memory: Memory, phone: Phone): Page[] {
  return [...memory.pages.values()].filter((page) => phone.devices.some((d) => d.id === page.device))
}
