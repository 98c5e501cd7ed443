// What somebody signed in with, in words, as far as a browser tells.

const programs: [RegExp, string][] = [
  [/\bEdg/, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\b(Headless)?Chrom(e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
]

const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** `Firefox on Windows`; what it is not known by, a program says with its own first word. */
export function deviceWords(userAgent: string | null): string {
  if (!userAgent) return 'A program'
  const program = find(programs, userAgent) ?? userAgent.split(/[\s/]/, 1)[0]!.slice(0, 40)
  const system = find(systems, userAgent)
  return system ? `${program} on ${system}` : program
}

function find(words: [RegExp, string][], text: string): string | undefined {
  return words.find(([sign]) => sign.test(text))?.[1]
}
