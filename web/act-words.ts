// What somebody did, in words: the actions of the activity log.
import type { Act } from './calls/people.ts'

const words: Record<string, string> = {
  'auth.setup': 'Set BotWave up',
  'auth.login': 'Signed in',
  'auth.register': 'Registered',
  'auth.invitation_accepted': 'Accepted an invitation',
  'auth.logout': 'Signed out',
  'auth.email_verified': 'Verified their address',
  'auth.password_changed': 'Changed their password',
  'auth.password_reset': 'Chose a new password by a link',
  'auth.password_reset_requested': 'Asked for a new password',
  'auth.recovery_codes_replaced': 'Made new recovery codes',
  'auth.second_factor_on': 'Switched their second factor on',
  'auth.second_factor_off': 'Switched their second factor off',
  'auth.session_ended': 'Signed a browser out',
  'auth.sessions_ended': 'Signed out everywhere else',
  'account.canary': 'The canary told of trouble, or that it is over',
  'account.created': 'Added an account',
  'account.connect': 'Connected an account',
  'account.disconnect': 'Disconnected an account',
  'account.logout': 'Logged an account out',
  'account.proxy_changed': 'Changed the proxy of an account',
  'account.removed': 'Removed an account',
  'account.restarted_by_admin': 'Restarted an account',
  'account.stopped_by_admin': 'Stopped an account',
  'admin.reset': 'Admin let in again from the command line',
  'invitation.created': 'Invited somebody',
  'invitation.revoked': 'Revoked an invitation',
  'key.created': 'Made an API key',
  'key.changed': 'Changed an API key',
  'key.rotated': 'Rotated an API key',
  'key.revoked': 'Deleted an API key',
  'settings.changed': 'Changed the settings',
  'user.created': 'Made a user',
  'user.suspended': 'Suspended somebody',
  'user.activated': 'Let somebody in again',
  'user.password_reset_link': 'Made a link for a new password',
  'user.rate_limit_changed': "Changed somebody's limit",
  'user.role_changed': "Changed somebody's role",
  'user.removed': 'Removed somebody',
  'webhook.created': 'Made a webhook',
  'webhook.changed': 'Changed a webhook',
  'webhook.removed': 'Removed a webhook',
  'webhook.secret_rotated': 'Made a new secret for a webhook',
}

/** One that is not known here is said as the log has it. */
export function actWords(action: string): string {
  return words[action] ?? action.replaceAll(/[._]/g, ' ')
}

/** The groups that a log is narrowed to. */
export const ACT_GROUPS: [group: string, word: string][] = [
  ['auth', 'Sign-in'],
  ['account', 'Accounts'],
  ['key', 'API keys'],
  ['webhook', 'Webhooks'],
  ['user', 'People'],
  ['invitation', 'Invitations'],
  ['settings', 'Settings'],
]

/** What else the log knows of it: `email: a@b.example · role: admin`; ids, and what is not so, help nobody who reads. */
export function actDetails(details: Act['details']): string {
  return Object.entries(details)
    .filter(([name, value]) => !/(^|_)ids?$/.test(name) && value !== null && value !== '' && value !== false)
    .map(([name, value]) => name.replaceAll('_', ' ') + (value === true ? '' : `: ${plain(value)}`))
    .join(' · ')
}

function plain(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
