// The one-time links that the program mailed, where mails are files.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Letter {
  to: string
  subject: string
  text: string
  /** What stands behind the # of its link. */
  token: string
  file: string
}

/** The first mail to this address, there or on its way. */
export async function letterTo(dataDir: string, address: string): Promise<Letter> {
  for (;;) {
    const [letter] = lettersTo(dataDir, address)
    if (letter) return letter
    // A file appears; nothing else tells. The test's own deadline bounds it.
    await Bun.sleep(20)
  }
}

/** The mails to this address that are there, oldest first. */
export function lettersTo(dataDir: string, address: string): Letter[] {
  const folder = join(dataDir, 'mail')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => readLetter(readFileSync(join(folder, name), 'utf8'), join(folder, name)))
    .filter(({ to }) => to === address)
}

/** A mail as a server or a file holds it. */
export function readLetter(source: string, file = ''): Letter {
  const [head = '', ...rest] = source.replaceAll('\r\n', '\n').split('\n\n')
  const text = rest.join('\n\n').replace(/=\n/g, '').replaceAll('=3D', '=')
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'mi').exec(head)?.[1] ?? ''
  return {
    to: header('To'),
    subject: header('Subject'),
    text,
    token: /#([\w-]+)/.exec(text)?.[1] ?? '',
    file,
  }
}
