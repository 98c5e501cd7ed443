// The examples of the documentation: read from its Markdown, run as a reader would, and held to what the page says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One fenced block. After the language stand words that no reader sees: `run`, `when:scanned`, `status:422`, `ID=id`. */
export interface Example {
  page: string
  line: number
  language: string
  words: string[]
  text: string
}

export const docsFolder = join(import.meta.dir, '../../web/docs')

export function readExamples(page: string): Example[] {
  const lines = readFileSync(join(docsFolder, `${page}.md`), 'utf8').split('\n')
  const found: Example[] = []
  for (let at = 0; at < lines.length; at++) {
    const info = lines[at]!.match(/^```(.+)$/)?.[1]
    if (!info) continue
    const end = lines.indexOf('```', at + 1)
    const [language = '', ...words] = info.trim().split(/\s+/)
    found.push({ page, line: at + 1, language, words, text: lines.slice(at + 1, end).join('\n') })
    at = end
  }
  return found
}

export function placeOf({ page, line }: Example): string {
  return `web/docs/${page}.md:${line}`
}

/** The words `name:value` of an example. */
export function wordsOf({ words }: Example, name: string): string[] {
  return words.filter((word) => word.startsWith(`${name}:`)).map((word) => word.slice(name.length + 1))
}

/** The words `NAME=path`: what an answer is remembered for. */
export function namesOf({ words }: Example): [name: string, path: string][] {
  return words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string])
}

export interface Ran {
  code: number
  output: string
  errors: string
  /** Of every curl in it, in order. */
  statuses: number[]
}

/** A reader's machine: a folder with some files in it, and the variables that the pages speak of. */
export function openDesk(variables: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'botwave-docs-'))
  // curl tells each status beside the body, and no progress. Nothing else about it is changed.
  writeFileSync(join(folder, '.curlrc'), 'silent\nshow-error\nwrite-out = "%{stderr}HTTP %{http_code}\\n"\n')
  writeFileSync(join(folder, 'invoice.pdf'), '%PDF-1.4 an invoice')
  writeFileSync(join(folder, 'voice.ogg'), 'OggS a recording')

  /** Starts an example in its language; whoever starts it ends it. */
  function start({ language, text, ...example }: Example) {
    const command = COMMANDS[language]
    if (!command) throw new Error(`${placeOf({ language, text, ...example })}: nothing here runs ${language}`)
    const [program = '', ending] = command
    const file = join(folder, `example.${ending}`)
    writeFileSync(file, language === 'sh' ? `set -eu\n${text}\n` : text)
    return Bun.spawn([program, file], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: folder, CURL_HOME: folder, ...variables },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
  }

  return {
    variables,
    start,
    async run(example: Example): Promise<Ran> {
      const child = start(example)
      const [output, errors] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ])
      const statuses = [...errors.matchAll(/^HTTP (\d+)$/gm)].map(([, status]) => Number(status))
      return { code: await child.exited, output, errors, statuses }
    },
    /** Puts a file beside the examples. */
    put: (name: string, text: string) => writeFileSync(join(folder, name), text),
    close: () => rmSync(folder, { recursive: true }),
  }
}

export type Desk = ReturnType<typeof openDesk>

/** Program and ending of a file in this language. */
const COMMANDS: Record<string, [program: string, ending: string]> = {
  sh: ['sh', 'sh'],
  js: [process.execPath, 'mjs'],
  python: ['python3', 'py'],
}

/**
 * Where `found` is not what the page says, by path. In texts `…` stands for anything, `$NAME` for a variable; `"…": "…"`
 * in an object for more fields than are shown, and `"…"` at the end of a list for more items. A text `…` alone also stands for a number.
 */
export function differences(
  said: unknown,
  found: unknown,
  variables: Record<string, string>,
  path = 'answer',
): string[] {
  const differ = [`${path}: the page says ${JSON.stringify(said)}, it is ${JSON.stringify(found)}`]
  if (typeof said === 'string') {
    if (said === '…') return ['string', 'number'].includes(typeof found) ? [] : differ
    const text = said.replaceAll(/\$([A-Z_]+)/g, (whole, name: string) => variables[name] ?? whole)
    const pattern = text.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    return typeof found === 'string' && new RegExp(`^${pattern.join('.*')}$`, 's').test(found) ? [] : differ
  }
  if (typeof said !== 'object' || said === null) return Object.is(said, found) ? [] : differ
  if (typeof found !== 'object' || found === null || Array.isArray(said) !== Array.isArray(found))
    return differ
  if (Array.isArray(said) && said.at(-1) === '…') {
    // A list that goes on.
    return differences(said.slice(0, -1), (found as unknown[]).slice(0, said.length - 1), variables, path)
  }
  const { '…': more, ...shown } = said as Record<string, unknown>
  const extra = more === undefined ? Object.keys(found).filter((key) => !(key in shown)) : []
  return [
    ...Object.entries(shown).flatMap(([key, value]) =>
      differences(value, (found as Record<string, unknown>)[key], variables, `${path}.${key}`),
    ),
    ...extra.map((key) => `${path}.${key}: the page does not show it`),
  ]
}

/** `items.0.id` of an answer. */
export function pick(answer: unknown, path: string): string {
  const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], answer)
  if (typeof value !== 'string') throw new Error(`there is no text at ${path}`)
  return value
}
