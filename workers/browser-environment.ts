// The environment a browser process gets: what it needs to run, and none of the server's secrets.

import type { Browser } from './protocol.ts'

const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'DISPLAY', 'LD_LIBRARY_PATH']

/** `home` takes what Chromium and its libraries like to leave in a home folder. */
export function browserEnvironment(browser: Pick<Browser, 'env'>, home: string): Record<string, string> {
  const own = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  return { ...Object.fromEntries(own), HOME: home, ...browser.env }
}
