// A tour past every place where a secret is given, used, shown once or given wrongly; all of them are named for the search.
import { type TOTP, URI } from 'otpauth'
import { type Answer, type Caller, caller, type TestApp } from '../support/app.ts'
import { type Letter, lettersTo } from '../support/links.ts'

export interface Tour {
  /** Passwords, tokens, keys, codes and links, right and wrong ones: what they are → the secret itself. */
  secrets: Map<string, string>
  /** The text of messages and the number they went to: they rest with the messages, and are in no log. */
  message: string
  number: string
  /** Every answer that was a failure, as text. */
  failures: string
}

/** Fields of answers that are shown once. */
const SECRET_FIELD = /^(token|key|secret|uri|link|recovery_codes|signing_secret)$/

export async function tour(t: TestApp): Promise<Tour> {
  const secrets = new Map<string, string>()
  const failures: string[] = []
  const random = () => crypto.randomUUID().replaceAll('-', '')
  const password = `right pass phrase ${random()}`
  const wrongPassword = `wrong pass phrase ${random()}`
  const nextPassword = `next pass phrase ${random()}`
  const message = `canary message ${random()}`
  const number = `+4915799${String(Math.floor(Math.random() * 90_000) + 10_000)}`
  for (const [name, one] of Object.entries({ password, wrongPassword, nextPassword })) secrets.set(name, one)

  const go = async (
    who: Caller,
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<Answer> => {
    // From an address of its own each time: waiting is not what this is about.
    const from = [10, ...crypto.getRandomValues(new Uint8Array(3))].join('.')
    const answer = await who.call(method, path, body, { 'x-forwarded-for': from, ...headers })
    if (answer.status >= 400) failures.push(JSON.stringify(answer.body))
    harvest(answer.body, `${method} ${path}`, secrets)
    return answer
  }
  const bearer = (secret: string) => caller(t.url, { authorization: `Bearer ${secret}` })

  // Signing in, rightly and wrongly.
  const email = `tour-${random()}@example.com`
  const registered = await go(t.stranger, 'POST', '/api/auth/register', { email, password })
  const me = bearer(must(registered, 201).token)
  await go(t.stranger, 'POST', '/api/auth/login', { email, password: wrongPassword })
  await go(t.stranger, 'POST', '/api/auth/login', { email: `nobody-${email}`, password: wrongPassword })
  await go(t.stranger, 'POST', '/api/auth/login', { email: wrongPassword, password: wrongPassword })
  await go(t.stranger, 'POST', '/api/auth/login', { email, password: [wrongPassword] })
  await go(t.stranger, 'POST', '/api/auth/login', { email, password, code: { wrongPassword } })
  await go(t.stranger, 'POST', '/api/auth/login', `{"email":"${email}","password":"${wrongPassword}`)
  await go(t.stranger, 'POST', '/api/auth/register', { email, password })
  await go(t.stranger, 'POST', '/api/setup', { token: wrongPassword, email, password })
  must(await go(me, 'POST', '/api/auth/refresh'), 200)
  must(await go(me, 'PUT', '/api/auth/password', { current_password: password, password: nextPassword }), 204)
  await go(me, 'PUT', '/api/auth/password', { current_password: wrongPassword, password: nextPassword })

  // A forgotten password: the link goes by mail, which is a file here, and is used twice.
  await go(t.stranger, 'POST', '/api/auth/password-resets', { email })
  const isReset = ({ text }: Letter) => text.includes('/reset-password#')
  while (!lettersTo(t.dataDir, email).some(isReset)) await Bun.sleep(20)
  const letters = lettersTo(t.dataDir, email)
  for (const [at, { token }] of letters.entries()) secrets.set(`the token of letter ${at}`, token)
  const reset = { token: letters.find(isReset)!.token, password }
  must(await go(t.stranger, 'PUT', '/api/auth/password-resets', reset), 204)
  await go(t.stranger, 'PUT', '/api/auth/password-resets', reset)
  const link = must(
    await go(t.admin, 'POST', `/api/users/${registered.body.user.id}/password-reset`, {}),
    201,
  )
  await go(t.stranger, 'PUT', '/api/auth/password-resets', { token: fragment(link.link), password: 'short' })
  const invited = await go(t.admin, 'POST', '/api/invitations', { email: `i-${email}`, mail: false })
  await go(t.stranger, 'POST', '/api/invitations/acceptance', {
    token: fragment(must(invited, 201).link),
    password: nextPassword,
  })

  // A second factor, begun with a wrong and a right password, and a wrong code.
  const again = await go(t.stranger, 'POST', '/api/auth/login', { email, password })
  const back = bearer(must(again, 200).token)
  await go(back, 'POST', '/api/auth/second-factor', { password: wrongPassword })
  const begun = must(await go(back, 'POST', '/api/auth/second-factor', { password }), 201)
  await go(back, 'PUT', '/api/auth/second-factor', { code: '000000' })
  // On, used at a sign-in by a recovery code, its codes replaced, and off.
  const totp = URI.parse(begun.uri) as TOTP
  const on = must(await go(back, 'PUT', '/api/auth/second-factor', { code: totp.generate() }), 200)
  const [first, second] = on.recovery_codes as [string, string]
  await go(t.stranger, 'POST', '/api/auth/login', { email, password, code: wrongPassword })
  must(await go(t.stranger, 'POST', '/api/auth/login', { email, password, code: first }), 200)
  await go(t.stranger, 'POST', '/api/auth/login', { email, password, code: first })
  await go(back, 'DELETE', '/api/auth/second-factor', { password, code: first })
  must(await go(back, 'POST', '/api/auth/second-factor/recovery-codes', { password }), 201)
  await go(back, 'DELETE', '/api/auth/second-factor', { password, code: second })

  // A webhook: its secret, shown once and rotated, and what its headers carry.
  const hook = { url: 'https://hook.invalid/x', events: ['*'], headers: { 'x-token': `token ${random()}` } }
  secrets.set('the header of the webhook', hook.headers['x-token'])
  const webhook = must(await go(back, 'POST', '/api/webhooks', hook), 201)
  must(await go(back, 'POST', `/api/webhooks/${webhook.id}/secret`, {}), 200)
  await go(back, 'GET', '/api/webhooks')
  await go(back, 'POST', `/api/webhooks/${webhook.id}/test`, {})
  await go(back, 'POST', '/api/webhooks', { ...hook, url: `http://127.0.0.1/?token=${wrongPassword}` })

  // A key in every place that takes one, and in some that do not.
  const made = must(await go(back, 'POST', '/api/keys', { name: 'Tour' }), 201)
  const key: string = made.key
  const { body: account } = await go(back, 'POST', '/api/accounts', { name: 'Tour' })
  await t.database.owner`update accounts set linked_at = now() where id = ${account.id}`
  const line = `number=${encodeURIComponent(number)}&message=${encodeURIComponent(message)}`
  must(await go(t.stranger, 'GET', `/api/send?api_key=${key}&${line}`), 202)
  must(await go(t.stranger, 'POST', '/api/send', { api_key: key, number, message }), 202)
  must(
    await go(bearer(key), 'POST', '/api/messages/send', { number, message }, { 'idempotency-key': 'tour' }),
    202,
  )
  must(await go(caller(t.url, { 'x-api-key': key }), 'POST', '/api/messages/send', { number, message }), 202)
  await go(
    bearer(key),
    'GET',
    `/api/messages?q=${encodeURIComponent(message)}&number=${encodeURIComponent(number)}`,
  )
  await go(back, 'GET', `/api/messages?q=${encodeURIComponent(message)}&number=${encodeURIComponent(number)}`)
  await go(back, 'GET', `/api/numbers/${encodeURIComponent(number)}`)
  await go(back, 'GET', `/api/messages/${key}?key=${key}&token=${again.body.token}`)
  await go(bearer(`${key.slice(0, -1)}!`), 'GET', '/api/messages')
  await go(back, 'POST', '/api/keys', { name: 'Wrong', scopes: [key] })
  await go(back, 'POST', '/api/messages/send', { number, message, send_at: key })
  await go(back, 'POST', '/api/messages/send', { number: message, message: number, account_id: message })
  await go(back, 'POST', '/api/messages/send', `{"number":"${number}","message":"${message}`)
  // With a new text, and then gone.
  const rotated = must(await go(back, 'POST', `/api/keys/${made.id}/rotation`, {}), 201)
  must(await go(bearer(rotated.key), 'POST', '/api/messages/send', { number, message }), 202)
  await go(back, 'DELETE', `/api/keys/${made.id}`)
  await go(bearer(key), 'POST', '/api/messages/send', { number, message })
  await go(t.stranger, 'GET', `/api/send?api_key=${key}&${line}`)
  await go(back, 'GET', '/api/nothing', undefined, { cookie: `botwave_session=${again.body.token}` })
  must(await go(back, 'POST', '/api/auth/logout'), 204)
  await go(back, 'GET', '/api/auth/me')
  return { secrets, message, number, failures: failures.join('\n') }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back
function must({ status, body }: Answer, expected: number): any {
  if (status === expected) return body
  throw new Error(`the tour was answered ${status} in the place of ${expected}: ${JSON.stringify(body)}`)
}

/** Whatever an answer shows once, wherever it stands. */
function harvest(value: unknown, where: string, secrets: Map<string, string>, name = ''): void {
  if (typeof value === 'string') {
    if (SECRET_FIELD.test(name) && value)
      secrets.set(`${name} of ${where}`, name === 'link' ? fragment(value) : value)
    return
  }
  if (value === null || typeof value !== 'object') return
  for (const [inner, one] of Object.entries(value)) {
    const at = Array.isArray(value) ? name : inner
    harvest(one, Array.isArray(value) ? `${where} ${inner}` : where, secrets, at)
  }
}

/** The token of a link stands behind its `#`. */
function fragment(link: string | null): string {
  return link?.split('#')[1] ?? ''
}
