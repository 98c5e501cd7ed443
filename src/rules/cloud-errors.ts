// Errors as the Cloud API tells them. Codes and titles: "Error codes" of Meta's WhatsApp Business Platform documentation
// (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes); the shape: "Handle errors" of its Graph API.

/** Code → HTTP status, title. Only those that can occur here. */
export const CLOUD_ERRORS = {
  10: [403, 'Application does not have permission for this action'],
  100: [400, 'Invalid parameter'],
  190: [401, 'Access token is not valid'],
  130429: [429, 'Rate limit hit'],
  131000: [500, 'Something went wrong'],
  131008: [400, 'Required parameter is missing'],
  131009: [400, 'Parameter value is not valid'],
  131016: [503, 'Service unavailable'],
  131026: [400, 'Message undeliverable'],
  131031: [403, 'Business account has been locked'],
  131047: [400, 'Re-engagement message'],
  131051: [400, 'Unsupported message type'],
  131052: [400, 'Media download error'],
  131053: [400, 'Media upload error'],
  131057: [503, 'Account in maintenance mode'],
  132000: [400, 'Number of parameters does not match the expected number of params'],
  132001: [404, 'Template name does not exist in the translation'],
  132005: [400, 'Template hydrated text too long'],
  133010: [400, 'Phone number not registered'],
} as const
export type CloudErrorCode = keyof typeof CLOUD_ERRORS

/** Subcode of 100: what the path names does not exist, or belongs to somebody else. */
const NO_SUCH_OBJECT = 33

const OF_PROBLEM: Record<string, CloudErrorCode> = {
  not_signed_in: 190,
  bad_key: 190,
  suspended: 131031,
  forbidden: 10,
  bad_origin: 10,
  scope_missing: 10,
  address_not_allowed: 10,
  account_not_allowed: 10,
  rate_limited: 130429,
  setup_needed: 131016,
  database_unavailable: 131016,
  account_not_ready: 131016,
  maintenance: 131057,
  account_not_linked: 133010,
  no_account: 133010,
  chat_not_found: 131026,
  invalid_number: 131009,
  message_not_found: 131009,
  message_not_sent: 131009,
  not_received: 131009,
  reply_elsewhere: 131009,
  emoji_invalid: 131009,
  vcard_invalid: 131009,
  message_empty: 131008,
  file_missing: 131008,
  file_unreachable: 131053,
  file_too_large: 131053,
  file_empty: 131053,
  file_type_wrong: 131053,
  text_not_possible: 131009,
  internal: 131000,
}

/** The error for a problem of ours; whatever the Cloud API has no word for is an invalid parameter. */
export function cloudErrorOf(problem: string): CloudErrorCode {
  return OF_PROBLEM[problem] ?? 100
}

const OF_REASON: Record<string, CloudErrorCode> = {
  not_on_whatsapp: 131026,
  no_lid: 131026,
  chat_not_found: 131026,
  new_chats_refused: 131047,
  file_refused: 131053,
  file_gone: 131053,
}

/** The error for the reason of a message that failed. */
export function cloudErrorOfReason(reason: string | null): CloudErrorCode {
  return OF_REASON[reason ?? ''] ?? 131000
}

/** `{error: …}` as a call is answered; `fbtrace_id` is our request id. */
export function cloudErrorBody(
  code: CloudErrorCode,
  { details, traceId, noSuchObject = false }: { details: string; traceId: string; noSuchObject?: boolean },
) {
  return {
    error: {
      message: `(#${code}) ${CLOUD_ERRORS[code][1]}`,
      type: noSuchObject ? 'GraphMethodException' : 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      ...(noSuchObject && { error_subcode: NO_SUCH_OBJECT }),
      fbtrace_id: traceId,
    },
  }
}

/** One of `errors` in a status or a message of a webhook. */
export function cloudErrorEntry(code: CloudErrorCode, details: string) {
  const title = CLOUD_ERRORS[code][1]
  return { code, title, message: title, error_data: { details } }
}
