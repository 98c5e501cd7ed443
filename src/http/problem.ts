// The one way a request fails: an RFC 9457 problem with a stable code and a sentence that says what to do.

/** Every code an answer can carry: HTTP status, and the sentence used where the caller has no better one. */
export const PROBLEMS = {
  malformed_json: [400, 'The body is not valid JSON.'],
  bad_cursor: [400, 'This cursor is not one that this list gave out. Start again without it.'],
  repeated_parameter: [400, 'A parameter is given more than once. Give each one once.'],
  prefetch_refused: [400, 'A prefetch never sends a message.'],
  bad_origin: [403, 'This request comes from another site. Open the dashboard at its own address.'],
  not_signed_in: [401, 'Sign in, or send an API key as `Authorization: Bearer …`.'],
  bad_credentials: [401, 'The email address or the password is wrong.'],
  bad_metrics_token: [401, 'Metrics are read with METRICS_TOKEN as bearer token, and with nothing else.'],
  bad_key: [401, 'This API key is not valid: it is unknown, revoked or expired.'],
  bad_setup_token: [401, 'This setup link is not valid any more. Restart BotWave to get a new one.'],
  bad_token: [
    401,
    'This link is not valid any more: it was used, replaced or is too old. Ask for a new one.',
  ],
  code_required: [401, 'The password is right. Give the code of your second factor too.'],
  bad_code: [401, 'This code is wrong or was used already. Take the next one.'],
  password_change_required: [401, 'This password must be changed now: give new_password too.'],
  suspended: [403, 'This user is suspended. Ask an admin.'],
  forbidden: [403, 'This needs an admin.'],
  wrong_password: [403, 'The current password is wrong.'],
  scope_missing: [403, 'This API key may not do that. Make one with the scope it needs.'],
  address_not_allowed: [403, 'This API key may not be used from this address.'],
  scope_not_allowed: [403, 'Only an admin can make a key with the scope admin.'],
  account_not_allowed: [403, 'This API key is limited to other accounts.'],
  registration_closed: [403, 'Registration is closed. Ask an admin for an invitation.'],
  not_found: [404, 'There is nothing at this address.'],
  account_not_found: [404, 'You have no account with this id.'],
  message_not_found: [404, 'You have no message with this id.'],
  key_not_found: [404, 'You have no API key with this id.'],
  user_not_found: [404, 'There is no user with this id.'],
  session_not_found: [404, 'You have no session with this id.'],
  invitation_not_found: [404, 'There is no open invitation with this id.'],
  webhook_not_found: [404, 'You have no webhook with this id.'],
  delivery_not_found: [404, 'This webhook has no delivery of such an event.'],
  method_not_allowed: [405, 'This address does not answer this verb.'],
  account_not_linked: [409, 'This account is not linked to a phone. Link it first, then send.'],
  no_account: [409, 'There is no WhatsApp account yet. Add one and link it first.'],
  last_admin: [409, 'This is the last active admin. Make somebody else an admin first.'],
  owner_suspended: [409, 'The owner of this account is suspended. Activate them first.'],
  no_qr: [409, 'There is no QR code to show in this state.'],
  not_linking: [409, 'This account is not waiting for a link. Start the connection first.'],
  email_taken: [409, 'Somebody is registered with this email address. Sign in instead.'],
  already_set_up: [409, 'BotWave is set up already. Sign in.'],
  user_suspended: [409, 'This user is suspended. Let them in again first.'],
  second_factor_on: [409, 'Your second factor is on already. Switch it off first to begin anew.'],
  second_factor_off: [409, 'There is no second factor to do this with. Begin with POST.'],
  already_verified: [409, 'This email address is verified already.'],
  not_resendable: [
    409,
    'Only a message that failed, expired, was cancelled or is uncertain can be sent once more.',
  ],
  account_not_ready: [409, 'This account is not connected right now. Connect it first.'],
  not_cancellable: [409, 'This message is not waiting any more, so it cannot be cancelled.'],
  too_many_keys: [409, 'You have as many API keys as one can have. Revoke one first.'],
  too_many_webhooks: [409, 'You have as many webhooks as one can have. Remove one first.'],
  delivery_not_waiting: [409, 'This delivery is not waiting any more, so it cannot be cancelled.'],
  template_not_found: [404, 'You have no template with this id.'],
  template_exists: [409, 'You have a template of this name in this language. Remove it first.'],
  too_many_templates: [409, 'You have as many templates as one can have. Remove one first.'],
  template_invalid: [422, 'No template can be made of these components.'],
  cloud_refused: [400, 'The Cloud API’s dialect has no such thing.'],
  file_not_found: [404, 'You have no file with this id.'],
  multipart_invalid: [400, 'The body is not a complete multipart/form-data form.'],
  one_file_only: [400, 'Send one file at a time.'],
  length_required: [411, 'Say how long the body is: send it with a Content-Length.'],
  file_too_large: [413, 'The file is larger than what is taken here.'],
  not_multipart: [415, 'Send a form (multipart/form-data) with one file in it.'],
  file_missing: [422, 'There is no file in the form.'],
  file_empty: [422, 'The file is empty.'],
  file_type_wrong: [422, 'A file of this type cannot be sent like this.'],
  chat_not_found: [404, 'WhatsApp has no such chat: the number is not on WhatsApp.'],
  too_much_carried: [422, 'A message carries one thing: a file, a location, contacts or a poll.'],
  text_not_possible: [422, 'This kind of message carries no text. Send the text as a message of its own.'],
  reply_elsewhere: [422, 'reply_to names a message of another chat.'],
  vcard_invalid: [422, 'A vcard begins with BEGIN:VCARD and ends with END:VCARD.'],
  poll_invalid: [422, 'A poll has a question and 2 to 12 options that differ from one another.'],
  emoji_invalid: [422, 'Give one emoji.'],
  message_not_sent: [
    409,
    'This message has not been handed over to WhatsApp, so nothing can refer to it yet.',
  ],
  not_received: [409, 'Only a message that was received can be marked as seen.'],
  not_editable: [409, 'Only a text or the words under a file of your own can be changed.'],
  not_yours: [409, 'Only a message of your own can be deleted for everyone.'],
  file_unreachable: [422, 'The file could not be fetched from its address.'],
  body_too_large: [413, 'The body is larger than this address takes.'],
  invalid_request: [422, 'Something in the request is not as it should be.'],
  not_confirmed: [422, 'Give the email address of this person as `confirm`: it cannot be undone.'],
  invalid_number: [422, 'This is not a number that can be sent to.'],
  invalid_phone: [422, 'Give the phone number with its country code, digits only.'],
  nul_character: [422, 'Text must not contain the NUL character.'],
  message_empty: [422, 'The message is empty.'],
  message_too_long: [422, 'The message is longer than WhatsApp takes (65,536 characters).'],
  weak_password: [422, 'Choose a password of at least 12 characters that is not a common one.'],
  idempotency_mismatch: [422, 'This idempotency key was used for another request. Take a new key.'],
  idempotency_key_invalid: [422, 'An idempotency key has 1 to 200 visible ASCII characters.'],
  send_at_invalid: [422, 'send_at lies in the past or more than a year ahead.'],
  expires_in_invalid: [422, 'expires_in is between 1 second and 30 days.'],
  expires_at_invalid: [422, 'expires_at must lie in the future.'],
  address_invalid: [422, 'Give addresses or networks, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32.'],
  webhook_url_refused: [422, 'A webhook cannot lead there.'],
  webhook_headers_refused: [422, 'These headers cannot be added to a webhook.'],
  webhook_not_verified: [422, 'The address did not answer the verification with its challenge.'],
  webhook_events_unknown: [422, 'There is no event of this name.'],
  since_invalid: [422, 'since lies in the future or more than 30 days back.'],
  rate_limited: [429, 'Too many requests. Wait as long as Retry-After says.'],
  sign_in_delayed: [
    429,
    'Too many wrong tries. Wait as long as Retry-After says; each further one takes longer.',
  ],
  pairing_rate_limited: [429, 'WhatsApp gives one pairing code a minute. Wait, or scan the QR code.'],
  headers_too_large: [431, 'The address and headers of this request are too long together. Send less.'],
  internal: [500, 'Something went wrong here. Quote the request id when you report it.'],
  setup_needed: [503, 'BotWave is not set up yet. Open the setup link that it printed at start.'],
  maintenance: [503, 'BotWave is under maintenance. Try again later.'],
  database_unavailable: [503, 'The database cannot be reached right now. Try again in a few seconds.'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof PROBLEMS

export interface FieldError {
  field: string
  message: string
}

/** Throw it anywhere below a route; the server turns it into the answer. */
export class Problem extends Error {
  readonly status: number
  constructor(
    readonly code: ProblemCode,
    detail: string = PROBLEMS[code][1],
    readonly more: { headers?: Record<string, string>; fields?: Record<string, unknown> } = {},
  ) {
    super(detail)
    this.status = PROBLEMS[code][0]
  }

  /** The answer, `application/problem+json`. `requestId` is also in the log. */
  toResponse(requestId: string, headers: Record<string, string> = {}): Response {
    return Response.json(
      {
        type: 'about:blank',
        title: this.code.replaceAll('_', ' '),
        status: this.status,
        code: this.code,
        detail: this.message,
        request_id: requestId,
        ...this.more.fields,
      },
      {
        status: this.status,
        headers: { ...headers, 'content-type': 'application/problem+json', ...this.more.headers },
      },
    )
  }
}

/** Every code with its status and sentence, for the documentation. */
export function listProblems(): { code: string; status: number; detail: string }[] {
  return Object.entries(PROBLEMS).map(([code, [status, detail]]) => ({ code, status, detail }))
}
