// What people read about a message: one sentence a reason code.

const SENTENCES: Record<string, string> = {
  account_offline: 'It waits until the account is connected again.',
  account_starting: 'It waits until the account is ready.',
  gap: 'It goes out after a short pause, so that messages do not follow one another too fast.',
  minute_cap: 'It waits: the account has sent as much as it may in a minute.',
  hour_cap: 'It waits: the account has sent as much as it may in an hour.',
  quiet_hours: 'It waits until the quiet hours of this account are over.',
  new_contacts_cap: 'It waits: the account has written to as many new people as it may in a day.',
  new_chats_refused: 'WhatsApp refuses new chats for this account. Messages to known people still go out.',
  caps_past_deadline:
    'The limits of this account let it go only after its deadline: it will expire unless they change.',
  day_cap: 'It waits: the account has sent as much as it may in a day.',
  in_line: 'It waits for its turn.',
  retrying: 'The last try did not work; it is tried again.',
  waiting_for_ack: 'WhatsApp Web has it and hands it to the server as soon as it can.',
  not_on_whatsapp: 'This number is not on WhatsApp.',
  no_lid: 'WhatsApp knows no chat for this number.',
  chat_not_found: 'WhatsApp could not open this chat.',
  refused_by_whatsapp: 'WhatsApp refused this message.',
  file_refused: 'WhatsApp did not take this file: it may be damaged, or of a type that it cannot show.',
  file_gone: 'Its file was removed before it could be sent.',
  quoted_not_found: 'The message that it answers could not be found in WhatsApp.',
  target_not_found: 'The message that it is about could not be found in WhatsApp.',
  too_late: 'WhatsApp does not allow this for that message any more.',
  page_error: 'WhatsApp Web could not send this message.',
  deadline_passed: 'It could not be handed over before its deadline, so it was not sent.',
  no_ack: 'It was handed over, but WhatsApp never acknowledged it.',
  maybe_sent:
    'The connection broke during the hand-over. It may have been sent; it is not sent again by itself.',
  mismatch: 'The page showed another message under this id. It may have been sent.',
  dropped: 'The connection broke during the hand-over, and this account drops such messages.',
  account_removed: 'Its account was removed.',
  imported: 'It comes from an older installation that did not say what became of it.',
  cancelled_by_owner: 'You cancelled it.',
}

export function explainMessage(reason: string | null): string | null {
  return reason ? (SENTENCES[reason] ?? null) : null
}

/** Every reason with its sentence, for the documentation. */
export function listMessageReasons(): { code: string; sentence: string }[] {
  return Object.entries(SENTENCES).map(([code, sentence]) => ({ code, sentence }))
}
