// How a delivery to a webhook stands, as a word.
import type { Delivery } from '../calls/webhooks.ts'
import { deliveryLook } from '../webhook-words.ts'

export function DeliverySign({ delivery }: { delivery: Delivery }) {
  const [word, tone] = deliveryLook(delivery.status)
  return <span class={`pill tone-${tone}`}>{word}</span>
}
