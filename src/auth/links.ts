// Addresses of one-time links. The token stands behind the #, which browsers send to nobody.

export interface Links {
  passwordReset(token: string): string
  verification(token: string): string
  invitation(token: string): string
}

/** `url`: what links start with, without a slash at the end; asked when a link is made, once the port is known. */
export function createLinks(url: () => string): Links {
  const link = (path: string) => (token: string) => `${url()}${path}#${token}`
  return {
    passwordReset: link('/reset-password'),
    verification: link('/verify-email'),
    invitation: link('/accept-invitation'),
  }
}
