// What can happen: the types of recorded events, a closed list from which webhooks choose.

/** `message.status` and `account.state` carry the new status in the event's `data`. */
export const EVENT_TYPES = [
  'account.created',
  'account.state',
  'account.removed',
  'account.new_chats_refused',
  'message.status',
  'message.received',
  // The file that came with a message is here, or will not come.
  'message.file',
  'key.created',
  'key.changed',
  'key.rotated',
  'key.revoked',
  'account.alert',
  'webhook.disabled',
] as const
export type EventType = (typeof EVENT_TYPES)[number]
