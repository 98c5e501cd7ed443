// What people read about an account: one sentence a reason code, and at most one thing to do.
import type { AccountState } from './account-state.ts'

/** `link`: scan or type a code. `take_over`: use WhatsApp here. `open_phone`: look at the phone. `wait`: nothing. */
export type AccountAction = 'link' | 'relink' | 'open_phone' | 'take_over' | 'wait'

const SENTENCES: Record<string, [sentence: string, action: AccountAction | null]> = {
  no_account: ['No WhatsApp account is set up yet.', 'link'],
  never_linked: ['This account was never linked to a phone.', 'link'],
  stopped: ['The account is disconnected. Its link is kept.', 'link'],
  stopped_by_owner: [
    'You disconnected this account. Its link is kept, so it comes back without a QR code.',
    'link',
  ],
  user_suspended: ['Its owner is suspended, so it is stopped.', null],
  waiting_to_start: ['Waiting for its turn to start.', 'wait'],
  browser_starting: ['Starting the browser.', 'wait'],
  page_loading: ['Loading WhatsApp Web.', 'wait'],
  scan_qr: ['Scan the QR code with the phone.', 'link'],
  pairing_code_refused: ['WhatsApp gave no pairing code for now. Scan the QR code instead.', 'link'],
  enter_code: ['Type the code on the phone.', 'link'],
  syncing: ['Linked. WhatsApp is loading your chats.', 'wait'],
  passkey: ['WhatsApp asks for a passkey on the phone. Finish it there, then link again.', 'open_phone'],
  scanned_not_opened: [
    'The code was scanned, but WhatsApp did not open. Open WhatsApp on the phone.',
    'open_phone',
  ],
  open_phone: ['WhatsApp waits for the phone. Open WhatsApp there.', 'open_phone'],
  line_lost: ['The connection to WhatsApp dropped. It is being restored.', 'wait'],
  conflict: ['WhatsApp Web is open somewhere else with this account.', 'take_over'],
  logged_out: ['The phone logged this device out.', 'relink'],
  unpaired: ['WhatsApp unlinked this device.', 'relink'],
  logged_out_by_owner: ['You logged this account out.', 'relink'],
  qr_expired: ['Nobody scanned the QR code in time.', 'relink'],
  banned: ['WhatsApp has blocked this number. Open WhatsApp on the phone to see why.', 'open_phone'],
  browser_failed: ['The browser did not start. It is tried again.', 'wait'],
  browser_died: ['The browser stopped. It is started again.', 'wait'],
  page_crashed: ['The WhatsApp page crashed. It is started again.', 'wait'],
  page_frozen: ['The WhatsApp page stopped answering. It is started again.', 'wait'],
  proxy_refused: ['The proxy did not accept the user and password. It is tried again.', 'wait'],
  proxy_unusable: ['The proxy may not be used or was not found. It is tried again.', 'wait'],
  page_unreachable: ['web.whatsapp.com could not be reached. It is tried again.', 'wait'],
  page_changed: [
    'WhatsApp Web changed in a way this version does not know. Look for an update of BotWave.',
    'wait',
  ],
  start_deadline: ['WhatsApp Web did not open in time. It is tried again.', 'wait'],
  sync_deadline: ['WhatsApp did not finish loading the chats in time. It is tried again.', 'wait'],
  memory_limit: ['The browser had grown too large and is started anew.', 'wait'],
  worker_stuck: ['This account stopped answering. It is started again.', 'wait'],
  too_many_restarts: [
    'It had to be started again too often within an hour. The next try waits a little.',
    'wait',
  ],
  worker_error: ['Something went wrong with this account. It is started again.', 'wait'],
}

/** What is said instead where a proxy (scheme, host and port) may be the reason. */
const THROUGH_PROXY: Record<string, (proxy: string) => string> = {
  page_unreachable: (proxy) =>
    `web.whatsapp.com could not be reached through the proxy ${proxy}. It is tried again.`,
  proxy_refused: (proxy) => `The proxy ${proxy} did not accept the user and password. It is tried again.`,
  proxy_unusable: (proxy) =>
    `The proxy ${proxy} was not found or leads into a private network, which an admin can allow with OUTBOUND_ALLOW.`,
}

/** The sentence and the one action for an account's state and reason; both null for a `ready` account. */
export function explainAccount(
  state: AccountState,
  reason: string | null,
  proxy: string | null = null,
): { message: string | null; action: AccountAction | null } {
  if (state === 'ready') return { message: null, action: null }
  const known = SENTENCES[reason ?? state] ?? SENTENCES[state]
  const through = proxy && THROUGH_PROXY[reason ?? state]?.(proxy)
  return known ? { message: through || known[0], action: known[1] } : { message: null, action: null }
}

/** Every reason with its sentence and action, for the documentation. */
export function listAccountReasons(): { code: string; sentence: string; action: AccountAction | null }[] {
  return Object.entries(SENTENCES).map(([code, [sentence, action]]) => ({ code, sentence, action }))
}
