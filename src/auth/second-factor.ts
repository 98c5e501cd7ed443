// The second factor: codes of an app after RFC 6238, each taken once, and ten recovery codes for a lost phone.
import { Secret, TOTP } from 'otpauth'
import type { ISql } from 'postgres'
import { Problem } from '../http/problem.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import type { Vault } from '../vault.ts'

/** What every authenticator app understands, whatever else the URI may ask for. */
const CODE = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** A phone's clock may be off by so many steps, to either side. */
const STEPS_OFF = 1
const SEED_BYTES = 20
const RECOVERY_CODES = 10

export interface SecondFactor {
  seed: Uint8Array
  confirmed_at: Date | null
  last_step: string
}

/** Null where there is none; one that is not confirmed is not asked for yet. */
export async function findSecondFactor(sql: ISql, userId: string): Promise<SecondFactor | null> {
  const [row] = await sql<SecondFactor[]>`
    select seed, confirmed_at, last_step from second_factors where user_id = ${userId}`
  return row ?? null
}

export async function hasSecondFactor(sql: ISql, userId: string): Promise<boolean> {
  return Boolean((await findSecondFactor(sql, userId))?.confirmed_at)
}

/** A new seed, not asked for until a code of it was given; takes the place of one that never was. */
export async function startSecondFactor(
  { sql, vault }: { sql: ISql; vault: Vault },
  { userId, email }: { userId: string; email: string },
): Promise<{ secret: string; uri: string }> {
  const secret = new Secret({ size: SEED_BYTES })
  const seed = vault.seal(secret.base32, about(userId))
  const rows = await sql`
    insert into second_factors (user_id, seed) values (${userId}, ${seed})
    on conflict (user_id) do update set seed = excluded.seed, created_at = now(), last_step = 0
      where second_factors.confirmed_at is null
    returning 1`
  if (rows.length === 0) throw new Problem('second_factor_on')
  const totp = new TOTP({ ...CODE, issuer: 'BotWave', label: email, secret })
  return { secret: secret.base32, uri: totp.toString() }
}

/** Switches it on with its first code; answers the recovery codes, which nobody can show again. */
export async function confirmSecondFactor(
  { sql, vault }: { sql: ISql; vault: Vault },
  { userId, code }: { userId: string; code: string },
): Promise<string[]> {
  const factor = await findSecondFactor(sql, userId)
  if (!factor) throw new Problem('second_factor_off')
  if (factor.confirmed_at) throw new Problem('second_factor_on')
  if (!(await takeAppCode({ sql, vault }, userId, factor, code))) throw new Problem('bad_code')
  await sql`update second_factors set confirmed_at = now() where user_id = ${userId}`
  return replaceRecoveryCodes(sql, userId)
}

/** Takes a code of the app, or a recovery code. Throws `bad_code` for a wrong one and for one that was taken before. */
export async function takeCode(
  { sql, vault }: { sql: ISql; vault: Vault },
  { userId, code }: { userId: string; code: string },
): Promise<'app' | 'recovery'> {
  const factor = await findSecondFactor(sql, userId)
  if (!factor?.confirmed_at) throw new Problem('second_factor_off')
  const text = code.replace(/[\s-]/g, '')
  if (text.length === CODE.digits) {
    if (await takeAppCode({ sql, vault }, userId, factor, text)) return 'app'
  } else if (await takeRecoveryCode(sql, userId, text)) return 'recovery'
  throw new Problem('bad_code')
}

async function takeAppCode(
  { sql, vault }: { sql: ISql; vault: Vault },
  userId: string,
  { seed }: SecondFactor,
  code: string,
): Promise<boolean> {
  const now = Date.now()
  const totp = new TOTP({ ...CODE, secret: Secret.fromBase32(vault.open(seed, about(userId))) })
  const off = totp.validate({ token: code.replace(/\s/g, ''), timestamp: now, window: STEPS_OFF })
  if (off === null) return false
  const step = Math.floor(now / 1000 / CODE.period) + off
  // Two requests with the same code: the row lets one of them through.
  const rows = await sql`
    update second_factors set last_step = ${step} where user_id = ${userId} and last_step < ${step} returning 1`
  return rows.length === 1
}

async function takeRecoveryCode(sql: ISql, userId: string, code: string): Promise<boolean> {
  const rows = await sql`
    delete from recovery_codes
    where user_id = ${userId} and code_hash = ${hashSecret(code.toUpperCase())} returning 1`
  return rows.length === 1
}

/** Ten new ones; those before do nothing any more. 80 random bits each, so a plain hash is enough. */
export async function replaceRecoveryCodes(sql: ISql, userId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => new Secret({ size: 10 }).base32)
  await sql`delete from recovery_codes where user_id = ${userId}`
  await sql`insert into recovery_codes ${sql(
    codes.map((code) => ({ user_id: userId, code_hash: hashSecret(code) })),
  )}`
  return codes.map((code) => code.match(/.{4}/g)!.join('-'))
}

export async function countRecoveryCodes(sql: ISql, userId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from recovery_codes where user_id = ${userId}`
  return row?.count ?? 0
}

/** False when there was none. */
export async function endSecondFactor(sql: ISql, userId: string): Promise<boolean> {
  await sql`delete from recovery_codes where user_id = ${userId}`
  return (await sql`delete from second_factors where user_id = ${userId} returning 1`).length === 1
}

/** Sealed for one person: a seed moved to another's row does not open. */
function about(userId: string): string {
  return `second factor ${userId}`
}
