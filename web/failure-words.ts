// What to do about a message that failed: one sentence a reason, beside the API's own that says why.

const words: Record<string, string> = {
  not_on_whatsapp: 'Check the number with them, or reach them another way.',
  no_lid: 'Check the number. If it is right, let them write to you first.',
  chat_not_found: 'Open the chat on the phone once, then send it again.',
  refused_by_whatsapp: 'Wait some hours before you write to this person again.',
  file_refused: 'Open the file to see whether it is whole, and send it in a common format.',
  file_gone: 'Add the file again and send it anew.',
  quoted_not_found: 'Send it as a message of its own.',
  target_not_found: 'Write a message of its own: the other one is no longer there.',
  too_late: 'Write a new message instead.',
  page_error: 'Send it again. If that fails too, reconnect the account.',
  dropped: 'Look into the chat on the phone, and send it again if it is not there.',
  account_removed: 'Send it from another account.',
}

export function failureAdvice(reason: string | null): string {
  return words[reason ?? ''] ?? 'Send it again if it still matters.'
}
