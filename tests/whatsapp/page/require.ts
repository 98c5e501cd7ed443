// `window.require`: the real page's modules by name. An unknown one throws, and reports itself to the servers.
import { tell } from './line.ts'

declare global {
  interface Window {
    Debug?: { VERSION: string }
  }
}

const modules = new Map<string, unknown>()

export function define(name: string, exports: unknown): void {
  modules.set(name, exports)
}

export function installRequire(): void {
  Reflect.set(window, 'require', (name: string) => {
    if (modules.has(name)) return modules.get(name)
    tell({ kind: 'unknownModule', name })
    throw new Error(`Requiring unknown module "${name}"`)
  })
}
