// All verbs by group: of the servers, of a phone (first argument its number), of a page (first argument which).
import type { Memory } from './memory.ts'
import { pageVerbs } from './page-verbs.ts'
import { phoneVerbs } from './phone-verbs.ts'
import { worldVerbs } from './world-verbs.ts'

export function makeVerbs(memory: Memory) {
  return { world: worldVerbs(memory), phone: phoneVerbs(memory), page: pageVerbs(memory) }
}

export type Verbs = ReturnType<typeof makeVerbs>
