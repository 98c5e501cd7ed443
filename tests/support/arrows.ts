// Who may import whom: reads the imports of a file and judges them by the table of rooms and arrows.
import { dirname, join, normalize } from 'node:path'

/** Paths from the repository's root; `types` when nothing of it is left at run time. */
export interface Arrow {
  from: string
  to: string
  types: boolean
}

/** The relative imports of one file. Packages and built-in modules are no arrows. */
export function readArrows(file: string, text: string): Arrow[] {
  const loader = file.endsWith('.tsx') ? 'tsx' : 'ts'
  const running = new Set(new Bun.Transpiler({ loader }).scanImports(text).map((found) => found.path))
  const typed = [...text.matchAll(/^\s*(?:import|export)\s[^'"`;]*?from\s*'([^']+)'/gm)].map(
    (found) => found[1]!,
  )
  return [...new Set([...running, ...typed])]
    .filter((path) => path.startsWith('.'))
    .map((path) => ({ from: file, to: normalize(join(dirname(file), path)), types: !running.has(path) }))
}

type Room =
  | { kind: 'rules' | 'ground' | 'http' | 'workers' | 'web' | 'composition' }
  | { kind: 'store' | 'verb' | 'routes' | 'thread'; feature: string }

/** Where a file lives; null for a place the map does not know. */
export function roomOf(file: string): Room | null {
  if (file.startsWith('workers/')) return { kind: 'workers' }
  if (file.startsWith('web/')) return { kind: 'web' }
  if (/^src\/rules\//.test(file)) return { kind: 'rules' }
  if (
    /^src\/(config|log|mail|outbound|vault|kept-secret)\.ts$/.test(file) ||
    file.startsWith('src/database/')
  )
    return { kind: 'ground' }
  if (file.startsWith('src/http/')) return { kind: 'http' }
  if (/^src\/(main|app|api|build|carried|version)\.ts$/.test(file) || file.startsWith('src/cli/'))
    return { kind: 'composition' }
  const [, feature, name] = file.match(/^src\/([a-z-]+)\/([a-z-]+)\.ts$/) ?? []
  if (!feature || !name) return null
  if (file === 'src/accounts/thread.ts') return { kind: 'thread', feature }
  if (name === 'store') return { kind: 'store', feature }
  // A feature's side towards HTTP: its routes, the shapes they answer, its socket.
  if (/^(routes|view|live)$|-(routes|view)$/.test(name)) return { kind: 'routes', feature }
  return { kind: 'verb', feature }
}

/** Null when the table allows the arrow, else why not. */
export function judge(arrow: Arrow): string | null {
  const from = roomOf(arrow.from)
  if (!from) return `${arrow.from} is in no room of the map`
  if (from.kind === 'composition') return null
  const to = roomOf(arrow.to)
  if (!to) return `${arrow.from} imports ${arrow.to}, which is in no room of the map`
  return allowed(from, to, arrow)
    ? null
    : `${arrow.from} (${from.kind}) may not import ${arrow.to} (${to.kind})`
}

function allowed(from: Room, to: Room, { to: file, types }: Arrow): boolean {
  if (to.kind === 'rules') return true
  switch (from.kind) {
    case 'rules':
      return false
    case 'ground':
      return to.kind === 'ground'
    case 'http':
      if (to.kind === 'store') return ['auth', 'users', 'settings'].includes(to.feature)
      return to.kind === 'ground' || to.kind === 'http' || isPage(file)
    case 'store':
      return file === 'src/events/record.ts' || (to.kind === 'ground' && types)
    case 'verb':
      // The protocol's types cross rooms with the `ask` that app.ts hands around; nothing of them runs.
      if (file === 'workers/protocol.ts') return types
      return isOwn(from, to) || isOpenPart(to, file) || to.kind === 'ground' || file === 'src/http/problem.ts'
    case 'routes':
      // An action tells the hub what it committed: the shapes of that, and nothing that runs.
      if (types && file.startsWith('src/events/')) return true
      return isOwn(from, to) || to.kind === 'store' || (to.kind === 'ground' && types) || to.kind === 'http'
    case 'thread':
      return isOwn(from, to) || (types && (to.kind === 'ground' || file === 'workers/protocol.ts'))
    case 'workers':
      return to.kind === 'workers'
    case 'web':
      return to.kind === 'web' || (types && file === 'src/api.ts')
    case 'composition':
      return true
  }
}

/** What a feature shows to the others: its store, and the record of events. */
function isOpenPart(to: Room, file: string): boolean {
  return to.kind === 'store' || file.startsWith('src/events/')
}

function isOwn(from: Room, to: Room): boolean {
  return 'feature' in from && 'feature' in to && from.feature === to.feature
}

function isPage(file: string): boolean {
  return ['web/index.html', 'web/paths.ts', 'web/build.ts'].includes(file)
}

/** Circles among run-time arrows, each as the path around. Types vanish, so they close none. */
export function findCircles(arrows: Arrow[]): string[][] {
  const next = Map.groupBy(
    arrows.filter((arrow) => !arrow.types),
    (arrow) => arrow.from,
  )
  const done = new Set<string>()
  const circles: string[][] = []
  const visit = (file: string, path: string[]): void => {
    const seen = path.indexOf(file)
    if (seen !== -1) {
      circles.push([...path.slice(seen), file])
      return
    }
    if (done.has(file)) return
    for (const arrow of next.get(file) ?? []) visit(arrow.to, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return circles
}

/** Whether a file opens with one line that says what it is for (after a `#!` line, or an HTML or CSS opening). */
export function opensWithPurpose(text: string): boolean {
  const first = text.replace(/^(#!.*|<!doctype html>)\n/i, '').split('\n', 1)[0] ?? ''
  return /^(\/\/|--|#|\/\*|<!--) ?\S.{8,}/.test(first)
}
