// Takes the token of a one-time link out of the address.

const kept = new Map<string, string>()

/**
 * What stands behind the # of this page, or an empty text. It leaves the address bar at once, so that it stays in no
 * history and no screenshot; a screen that is drawn again gets it again, a reload needs the link again.
 */
export function takeToken(): string {
  const inAddress = location.hash.slice(1)
  if (inAddress) {
    history.replaceState(null, '', location.pathname)
    kept.set(location.pathname, inAddress)
  }
  return kept.get(location.pathname) ?? ''
}

/** It was used: nobody needs it any more. */
export function forgetToken(): void {
  kept.clear()
}
