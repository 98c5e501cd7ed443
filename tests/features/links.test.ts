// One-time links: forgotten passwords, addresses to verify, invitations; by mail, as files, and handed out.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { SMTPServer } from 'smtp-server'
import { caller, PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { type Letter, lettersTo, letterTo, readLetter } from '../support/links.ts'

const NEW_PASSWORD = 'another long pass phrase'

let t: TestApp
/** The same program with a mail server. */
let mailing: TestApp
let post: PostOffice
beforeAll(async () => {
  post = await openPostOffice()
  const env = { TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: 'https://botwave.example' }
  t = await startTestApp({ env })
  mailing = await startTestApp({
    env: { ...env, SMTP_URL: `smtp://127.0.0.1:${post.port}`, MAIL_FROM: 'BotWave <bot@example.com>' },
  })
})
afterAll(async () => {
  await Promise.all([t.stop(), mailing.stop()])
  await post.close()
})

interface PostOffice {
  port: number
  /** Resolves with the first letter to this address, come or coming. */
  letterTo(address: string): Promise<Letter>
  close(): Promise<void>
}

async function openPostOffice(): Promise<PostOffice> {
  const letters: Letter[] = []
  let arrived = Promise.withResolvers<void>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      new Response(stream as never).text().then((source) => {
        letters.push(readLetter(source))
        arrived.resolve()
        arrived = Promise.withResolvers()
        done()
      }, done)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as { port: number }).port,
    async letterTo(address) {
      for (;;) {
        const next = arrived.promise
        const letter = letters.find(({ to }) => to === address)
        if (letter) return letter
        await next
      }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

let hosts = 0
const somewhere = (app = t) => caller(app.url, { 'x-forwarded-for': `198.51.100.${++hosts}` })
const signIn = (email: string, password: string) =>
  somewhere().call('POST', '/api/auth/login', { email, password })
const reset = (token: string, password = NEW_PASSWORD, app = t) =>
  somewhere(app).call('PUT', '/api/auth/password-resets', { token, password })

describe('a forgotten password', () => {
  test('is chosen anew with the mailed link, once, and every session ends', async () => {
    const person = await t.person()
    const asked = await somewhere().call('POST', '/api/auth/password-resets', { email: person.email })
    expect([asked.status, asked.body]).toEqual([202, { status: 'requested' }])
    const letter = await letterTo(t.dataDir, person.email)
    expect(letter.text).toContain(`https://botwave.example/reset-password#${letter.token}`)
    expect(statSync(letter.file).mode & 0o777).toBe(0o600)
    // Nothing of the token is kept, nor logged.
    const [row] = await t.database
      .owner`select to_jsonb(o)::text as text from one_time_tokens o where user_id = ${person.id}`
    expect(row!.text).not.toContain(letter.token)

    expect((await reset(letter.token, 'short')).body.code).toBe('weak_password')
    expect((await person.call('GET', '/api/auth/me')).status).toBe(200)
    const tries = await Promise.all([reset(letter.token), reset(letter.token)])
    expect(tries.map((answer) => answer.status).sort()).toEqual([204, 401])
    expect((await reset(letter.token)).body.code).toBe('bad_token')
    expect((await person.call('GET', '/api/auth/me')).status).toBe(401)
    expect((await signIn(person.email, PASSWORD)).status).toBe(401)
    expect((await signIn(person.email, NEW_PASSWORD)).status).toBe(200)
    expect(t.log()).not.toContain(letter.token)
  })

  test('an unknown address gets the same answer in the same time, and no mail', async () => {
    const person = await t.person()
    const ask = async (email: string) => {
      const startedAt = performance.now()
      const { status, body } = await somewhere().call('POST', '/api/auth/password-resets', { email })
      return { status, body, ms: performance.now() - startedAt }
    }
    const [unknown, known] = [await ask('nobody@example.com'), await ask(person.email)]
    expect(unknown).toMatchObject({ status: known.status, body: known.body })
    // Both wait for the same moment; what an insert costs lies before it.
    expect(Math.min(known.ms, unknown.ms)).toBeGreaterThan(240)
    await letterTo(t.dataDir, person.email)
    expect(lettersTo(t.dataDir, 'nobody@example.com')).toEqual([])
  })

  test('a link that is too old, made up, or of a suspended user does nothing', async () => {
    const person = await t.person()
    const made = (await t.admin.call('POST', `/api/users/${person.id}/password-reset`)).body
    const token = made.link.split('#')[1]
    await t.database.owner`update one_time_tokens set expires_at = now() where user_id = ${person.id}`
    expect((await reset(token)).body.code).toBe('bad_token')
    expect((await reset('made-up')).body.code).toBe('bad_token')
    await t.database
      .owner`update one_time_tokens set expires_at = now() + interval '1 hour' where user_id = ${person.id}`
    await t.database.owner`update users set status = 'suspended' where id = ${person.id}`
    expect((await reset(token)).body.code).toBe('bad_token')
    const other = await t.person()
    for (const { email } of [person, other])
      await somewhere().call('POST', '/api/auth/password-resets', { email })
    await letterTo(t.dataDir, other.email)
    expect(lettersTo(t.dataDir, person.email)).toEqual([])
  })

  test('a link does nothing any more once the password was changed in another way', async () => {
    const person = await t.person()
    const made = (await t.admin.call('POST', `/api/users/${person.id}/password-reset`)).body
    const change = { current_password: PASSWORD, password: NEW_PASSWORD }
    expect((await person.call('PUT', '/api/auth/password', change)).status).toBe(204)
    expect((await reset(made.link.split('#')[1], 'a third long pass phrase')).body.code).toBe('bad_token')
  })

  test('five mails an hour go to one address, whoever asks', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const ask = () => somewhere().call('POST', '/api/auth/password-resets', { email })
    const answers = await Promise.all(Array.from({ length: 6 }, ask))
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1)
  })
})

describe('a link that an admin hands out', () => {
  test('works without mail, once', async () => {
    const person = await t.person()
    const made = await t.admin.call('POST', `/api/users/${person.id}/password-reset`)
    expect(made.status).toBe(201)
    expect(Date.parse(made.body.expires_at) - Date.now()).toBeWithin(29 * 60_000, 30 * 60_000 + 1)
    const token = made.body.link.split('#')[1]
    expect((await reset(token)).status).toBe(204)
    expect((await reset(token)).body.code).toBe('bad_token')
    expect((await signIn(person.email, NEW_PASSWORD)).status).toBe(200)
  })

  test('is for admins who are signed in, and for people who are', async () => {
    const [person, other] = [await t.person(), await t.person()]
    const path = `/api/users/${other.id}/password-reset`
    expect((await person.call('POST', path)).body.code).toBe('forbidden')
    const key = await t.admin.key({ scopes: ['admin'] })
    expect((await key.call('POST', path)).body.code).toBe('scope_missing')
    const nobody = await t.admin.call('POST', `/api/users/${crypto.randomUUID()}/password-reset`)
    expect([nobody.status, nobody.body.code]).toEqual([404, 'user_not_found'])
    await t.database.owner`update users set status = 'suspended' where id = ${other.id}`
    expect((await t.admin.call('POST', path)).body.code).toBe('user_suspended')
  })
})

describe('an address', () => {
  test('is verified with the mailed link, once', async () => {
    const person = await t.person()
    expect((await person.call('POST', '/api/auth/verifications')).status).toBe(202)
    const letter = await letterTo(t.dataDir, person.email)
    const verify = (token: string) => somewhere().call('PUT', '/api/auth/verifications', { token })
    // A link for one thing is not good for another.
    expect((await reset(letter.token)).body.code).toBe('bad_token')
    expect((await verify(letter.token)).body).toEqual({ email: person.email })
    expect((await verify(letter.token)).body.code).toBe('bad_token')
    expect((await person.call('GET', '/api/auth/me')).body.user.email_verified).toBe(true)
    expect((await person.call('POST', '/api/auth/verifications')).body.code).toBe('already_verified')
  })

  test('is asked to be verified on registering, where there is a mail server', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    await somewhere(mailing).call('POST', '/api/auth/register', { email, password: PASSWORD })
    const { token, text } = await post.letterTo(email)
    expect(text).toContain('https://botwave.example/verify-email#')
    const answer = await somewhere(mailing).call('PUT', '/api/auth/verifications', { token })
    expect(answer.body).toEqual({ email })
  })
})

describe('an invitation', () => {
  const accept = (token: string, password = NEW_PASSWORD, app = t) =>
    somewhere(app).call('POST', '/api/invitations/acceptance', { token, password })

  test('is shown once and lets one person in, also while registration is closed', async () => {
    await t.admin.call('PUT', '/api/settings', { enable_registration: false })
    const email = `${crypto.randomUUID()}@Example.com`
    const made = await t.admin.call('POST', '/api/invitations', { email, role: 'admin' })
    expect(made.body).toMatchObject({
      email: email.toLowerCase(),
      role: 'admin',
      mailed: false,
      invited_by: t.admin.email,
    })
    const token = made.body.link.split('#')[1]
    const listed = await t.admin.call('GET', '/api/invitations')
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(made.body.id)
    expect(JSON.stringify(listed.body)).not.toContain(token)

    expect((await accept(token, 'short')).body.code).toBe('weak_password')
    const tries = await Promise.all([accept(token), accept(token)])
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 401])
    const { user } = tries.find(({ status }) => status === 201)!.body
    expect(user).toMatchObject({ email: email.toLowerCase(), role: 'admin' })
    expect((await accept(token)).body.code).toBe('bad_token')
    expect((await t.admin.call('POST', '/api/invitations', { email })).body.code).toBe('email_taken')
    await t.admin.call('PUT', '/api/settings', { enable_registration: true })
  })

  test('is mailed where there is a mail server', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const made = await mailing.admin.call('POST', '/api/invitations', { email })
    expect(made.body).toMatchObject({ mailed: true, link: null, role: 'user' })
    const { token } = await post.letterTo(email)
    expect((await accept(token, NEW_PASSWORD, mailing)).body.user.email).toBe(email)
  })

  test('revoked, replaced or too old lets nobody in', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const invite = async () => (await t.admin.call('POST', '/api/invitations', { email })).body
    const tokenOf = ({ link }: { link: string }) => link.split('#')[1]!
    const [first, second] = [await invite(), await invite()]
    expect((await accept(tokenOf(first))).body.code).toBe('bad_token')
    expect((await t.admin.call('DELETE', `/api/invitations/${second.id}`)).status).toBe(204)
    expect((await t.admin.call('DELETE', `/api/invitations/${second.id}`)).body.code).toBe(
      'invitation_not_found',
    )
    expect((await accept(tokenOf(second))).body.code).toBe('bad_token')
    const third = await invite()
    await t.database.owner`update invitations set expires_at = now() where id = ${third.id}`
    expect((await accept(tokenOf(third))).body.code).toBe('bad_token')
  })

  test('is made by nobody but admins', async () => {
    const person = await t.person()
    const answer = await person.call('POST', '/api/invitations', { email: 'x@example.com' })
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
    expect((await person.call('GET', '/api/invitations')).status).toBe(403)
  })
})
