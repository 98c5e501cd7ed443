// Why a request that a user aimed came to nothing: a closed list of codes, and one sentence for people each.

export const OUTBOUND_FAILURES = {
  bad_url: 'The address must start with https:// or http:// and must not carry a login.',
  private_address: 'The address leads into a private network. An admin can allow it with OUTBOUND_ALLOW.',
  name_unknown: 'The name of the server could not be resolved.',
  unreachable: 'The server could not be reached.',
  bad_certificate: 'The certificate of the server is not valid for this address.',
  too_slow: 'The server took too long to answer.',
  too_many_redirects: 'The server redirects somewhere else too often.',
  too_large: 'The answer is larger than allowed.',
  cut_off: 'The server broke the connection off before its answer was complete.',
} as const

export type OutboundFailure = keyof typeof OUTBOUND_FAILURES
