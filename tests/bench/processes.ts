// Which process started which. Linux only; elsewhere nobody has any.
import { readdirSync, readFileSync } from 'node:fs'

/** `root` and all that came of it. */
export function treeOf(root: number): number[] {
  const children = readChildren()
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

export function childrenOf(pid: number): number[] {
  return readChildren().get(pid) ?? []
}

function readChildren(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  const pids = process.platform === 'linux' ? readdirSync('/proc').map(Number).filter(Boolean) : []
  for (const pid of pids) {
    const parent = Number(/^PPid:\t(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
    if (parent) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  return children
}

/** Empty when it is gone. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
