// Ids for rows of an older installation: the same row always gets the same id, so that importing twice changes nothing.
import { createHash } from 'node:crypto'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** `given` where it is a UUID already; else one made from it, whatever it is (RFC 9562, version 8). */
export function keptId(kind: string, given: string): string {
  if (UUID.test(given)) return given.toLowerCase()
  const bytes = hash(kind, given)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  return format(bytes)
}

/** A UUIDv7 of the moment `at`, its random part made from `given`: lists are in the order of ids. */
export function idOfMoment(kind: string, given: string, at: Date): string {
  const bytes = hash(kind, given)
  bytes.writeUIntBE(at.getTime(), 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  return format(bytes)
}

function hash(kind: string, given: string): Buffer {
  return createHash('sha256').update(`${kind}\n${given}`).digest().subarray(0, 16)
}

function format(bytes: Buffer): string {
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
