// Mail: over SMTP_URL, else as files in DATA_DIR/mail, so that nothing about an installation depends on a mail server.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Config } from './config.ts'
import type { Log } from './log.ts'

export interface Mail {
  to: string
  subject: string
  /** Plain text; a mail with a link that works once has no second, richer side that could hide it. */
  text: string
}

export interface Mailer {
  /** False: mails are files that only who owns the machine can read, so links must be handed out in another way. */
  readonly leaves: boolean
  /**
   * Sends in the background, a few times if need be; what fails is in the log, without the address. A mail is lost when
   * the program ends meanwhile: whoever waits for it asks again.
   */
  send(mail: Mail): void
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
}

export interface MailerOptions {
  config: Pick<Config, 'smtpUrl' | 'mailFrom' | 'dataDir'>
  log: Log
  /** Milliseconds before each further try. */
  againAfterMs?: readonly number[]
}

const DEADLINE_MS = 15_000
const AGAIN_AFTER_MS = [2_000, 20_000, 120_000]

export function createMailer({ config, log, againAfterMs = AGAIN_AFTER_MS }: MailerOptions): Mailer {
  const { smtpUrl } = config
  const deliver = smtpUrl ? overSmtp(config, smtpUrl) : intoFiles(config)
  const underWay = new Set<Promise<void>>()

  async function deliverAtLast(mail: Mail): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await deliver(mail)
      } catch (error) {
        const againMs = againAfterMs[tries]
        const { code, responseCode } = error as { code?: string; responseCode?: number }
        // What a mail server says repeats addresses: only its codes are kept.
        log.warn({ code, answer: responseCode, again: againMs !== undefined }, 'a mail could not be sent')
        // 5xx: it will say the same again.
        if (againMs === undefined || (responseCode ?? 0) >= 500) return
        await Bun.sleep(againMs)
      }
    }
  }

  return {
    leaves: smtpUrl !== null,
    send(mail) {
      const sending = deliverAtLast(mail).finally(() => underWay.delete(sending))
      underWay.add(sending)
    },
    settled: async () => void (await Promise.all(underWay)),
  }
}

type Deliver = (mail: Mail) => Promise<void>

function overSmtp({ mailFrom }: MailerOptions['config'], url: string): Deliver {
  const transport = createTransport({
    url,
    connectionTimeout: DEADLINE_MS,
    greetingTimeout: DEADLINE_MS,
    socketTimeout: DEADLINE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as Parameters<typeof createTransport>[0])
  return async (mail) => void (await transport.sendMail({ from: mailFrom as string, ...mail }))
}

/** Each a whole mail as a mail program opens it, mode 0600: it can hold a link that works once. */
function intoFiles({ mailFrom, dataDir }: MailerOptions['config']): Deliver {
  const folder = join(dataDir, 'mail')
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  return async (mail) => {
    const { message } = await transport.sendMail({ from: mailFrom ?? 'BotWave <botwave@localhost>', ...mail })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${Bun.randomUUIDv7()}.eml`)
    // Whole or not there: somebody may be looking.
    writeFileSync(`${file}.part`, message as Buffer, { mode: 0o600 })
    renameSync(`${file}.part`, file)
  }
}
