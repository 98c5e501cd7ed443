// Short words about what was just done, shown for a while in a corner and read out.
import { signal } from '@preact/signals'

export interface Notice {
  id: number
  text: string
  tone: 'good' | 'bad'
}

export type Notices = ReturnType<typeof createNotices>

export function createNotices({ showMs = 6000 } = {}) {
  const items = signal<Notice[]>([])
  let last = 0

  function say(text: string, tone: Notice['tone'] = 'good') {
    const id = ++last
    items.value = [...items.value, { id, text, tone }]
    setTimeout(() => dismiss(id), showMs)
  }

  function dismiss(id: number) {
    items.value = items.value.filter((notice) => notice.id !== id)
  }

  return { items, say, dismiss }
}
