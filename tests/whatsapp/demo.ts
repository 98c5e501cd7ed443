// `bun run demo`: the product against the stand-in, and a phone in the browser to scan, read, answer and acknowledge.
import { join } from 'node:path'
import { openPhonePage } from './demo/phone-page.ts'
import { startWhatsApp } from './server.ts'

const root = join(import.meta.dir, '../..')
const DATA_DIR = process.env.DATA_DIR ?? join(root, 'data/demo')
/** Numbers that nobody has: German ones kept for films. */
const MY_PHONE = '4915228817386'
const CUSTOMERS = { '4915228895456': 'Carla Demo', '4917139200100': 'Ben Demo' }

process.exit(await demo())

/** Resolves with the product's exit code. What was linked is still linked at the next start. */
async function demo(): Promise<number> {
  const server = await startWhatsApp({ dir: join(DATA_DIR, 'whatsapp') })
  await server.whatsapp.phone(MY_PHONE).settings()
  for (const [number, name] of Object.entries(CUSTOMERS)) await server.whatsapp.number(number, { name })
  const page = openPhonePage(server.whatsapp)

  const product = Bun.spawn([process.execPath, join(root, 'src/main.ts'), 'serve'], {
    cwd: root,
    env: {
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...process.env,
      DATA_DIR,
      CHROME_FLAGS: server.chromeFlags,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  // Ctrl-C reaches the product by itself; a TERM to us has to be passed on. The demo ends when the product has.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => product.kill('SIGTERM'))

  let isUp = false
  for await (const line of linesOf(product.stdout)) {
    process.stdout.write(`${line}\n`)
    if (isUp || !line.startsWith('BotWave is up')) continue
    isUp = true
    process.stdout.write(`Your phone is at ${page.url}\n`)
    process.stdout.write(
      `Set BotWave up, link an account there, then scan its QR on the phone. Ctrl-C ends both.\n`,
    )
  }
  const code = await product.exited
  await page.stop()
  await server.stop()
  return code
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.pipeThrough(
    new TextDecoderStream() as never,
  ) as unknown as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest) yield rest
}
