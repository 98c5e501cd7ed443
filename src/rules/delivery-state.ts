// How a message's status moves: forward only, and which statuses mean that nothing more has to be done.

export type DeliveryStatus =
  | 'scheduled'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'played'
  | 'failed'
  | 'expired'
  | 'cancelled'
  | 'uncertain'

/** Statuses that a message can be cancelled in: nothing was handed over. */
export const WAITING: readonly DeliveryStatus[] = ['scheduled', 'queued']

/** Settled: what was asked has an outcome. `delivered`, `read` and `played` may still follow `sent`. */
export function isSettled(status: string): boolean {
  return status !== 'scheduled' && status !== 'queued' && status !== 'sending'
}

const BY_ACK: Record<number, DeliveryStatus> = {
  [-1]: 'failed',
  1: 'sent',
  2: 'delivered',
  3: 'read',
  4: 'played',
}
const RANK: Partial<Record<DeliveryStatus, number>> = {
  sending: 0,
  uncertain: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  played: 4,
}

/**
 * The status that an acknowledgement (−1 to 4, as WhatsApp Web counts) makes of a handed-over message, or null when
 * it changes nothing: 0 is "held by WhatsApp Web", an older ack never undoes a newer one, and a refusal counts only
 * while the server had not taken the message.
 */
export function statusAfterAck(status: DeliveryStatus, ack: number): DeliveryStatus | null {
  const next = BY_ACK[ack]
  const from = RANK[status]
  if (!next || from === undefined) return null
  if (next === 'failed') return from === 0 ? 'failed' : null
  return (RANK[next] ?? 0) > from ? next : null
}

/** The statuses from which `next` may follow by an ack: what the guarded update names. */
export function statusesBefore(next: DeliveryStatus): DeliveryStatus[] {
  const all = Object.keys(RANK) as DeliveryStatus[]
  return all.filter((status) => statusAfterAck(status, ackOf(next)) === next)
}

function ackOf(status: DeliveryStatus): number {
  return Number(Object.keys(BY_ACK).find((ack) => BY_ACK[Number(ack)] === status) ?? 0)
}
