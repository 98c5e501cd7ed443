// Every address of the dashboard: the server answers these with the page, the router shows a screen for each.

/** Patterns both routers read: `:name` stands for one segment. */
export const paths = {
  home: '/',
  setup: '/setup',
  login: '/login',
  register: '/register',
  forgotPassword: '/forgot-password',
  /** These three stand in mails, with a token behind the #. */
  resetPassword: '/reset-password',
  verifyEmail: '/verify-email',
  acceptInvitation: '/accept-invitation',
  accounts: '/accounts',
  account: '/accounts/:id',
  compose: '/compose',
  messages: '/messages',
  message: '/messages/:id',
  keys: '/keys',
  webhooks: '/webhooks',
  webhook: '/webhooks/:id',
  profile: '/profile',
  activity: '/activity',
  overview: '/overview',
  people: '/people',
  allAccounts: '/all-accounts',
  settings: '/settings',
  docs: '/api/docs',
} as const

/** The list the server mounts. Anything else is a 404, so that a mistyped API path is never answered with a page. */
export const pagePaths: readonly string[] = Object.values(paths)

/** The documentation: pages of their own below it, which need no script (`web/docs/`). */
export const docsRoot = '/docs'
