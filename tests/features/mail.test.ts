// Mail over a server that has its moods: tried again or given up, and no address in the log.
import { afterEach, expect, test } from 'bun:test'
import { SMTPServer } from 'smtp-server'
import { createLog } from '../../src/log.ts'
import { createMailer } from '../../src/mail.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const LETTER = {
  to: 'somebody@example.com',
  subject: 'Grüße – ok',
  text: 'A line.\n\nAnother, with ünïcode.\n',
}

/** A server that answers each mail with the next of `answers`, then takes everything. */
async function open(answers: number[]) {
  const taken: string[] = []
  let asked = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const responseCode = answers[asked++]
      done(responseCode ? Object.assign(new Error(`not for ${address}`), { responseCode }) : undefined)
    },
    onData(stream, _session, done) {
      new Response(stream as never).text().then((source) => {
        taken.push(source)
        done()
      }, done)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const lines: string[] = []
  const { port } = server.server.address() as { port: number }
  const mailer = createMailer({
    config: { smtpUrl: `smtp://127.0.0.1:${port}`, mailFrom: 'bot@example.com', dataDir: '/nonexistent' },
    log: createLog('debug', { write: (line: string) => void lines.push(line) }),
    againAfterMs: [1, 1],
  })
  return { mailer, taken, asked: () => asked, log: () => lines.join('') }
}

test('a server that is busy gets it again', async () => {
  const { mailer, taken, asked, log } = await open([451, 451])
  mailer.send(LETTER)
  await mailer.settled()
  expect([asked(), taken.length]).toEqual([3, 1])
  expect(taken[0]).toContain('To: somebody@example.com')
  expect(log().match(/could not be sent/g)).toHaveLength(2)
  expect(log()).not.toContain('somebody')
})

test('a server that stays busy is given up, one that refuses is not asked again', async () => {
  const busy = await open([451, 451, 451, 451])
  const refusing = await open([550])
  for (const { mailer } of [busy, refusing]) {
    mailer.send(LETTER)
    await mailer.settled()
  }
  expect([busy.asked(), refusing.asked()]).toEqual([3, 1])
  expect([...busy.taken, ...refusing.taken]).toEqual([])
  expect(refusing.log()).toContain('"answer":550')
  expect(refusing.log()).not.toContain('somebody')
})

test('a server that is not there keeps nobody waiting', async () => {
  const { mailer, log } = await open([])
  await undo.pop()!()
  mailer.send(LETTER)
  await mailer.settled()
  expect(log()).toContain('"code":"ESOCKET"')
})
