// The smallest UUIDv7 of a moment: lets an index on ids serve a range of time.

/** `ms` since 1970. Every id that was made at that moment or later is not smaller. */
export function idBefore(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
