// Which texts are a proxy, what is read of them, and why the others are refused.
import { expect, test } from 'bun:test'
import { explainAccount } from '../../src/rules/account-reasons.ts'
import { type ProxyProblem, readProxy, serverOf } from '../../src/rules/proxy.ts'

test.each([
  ['http://proxy.example:3128', 'http://proxy.example:3128', null],
  ['http://proxy.example:3128/', 'http://proxy.example:3128', null],
  ['HTTP://Proxy.Example:3128', 'http://proxy.example:3128', null],
  ['http://proxy.example', 'http://proxy.example:80', null],
  ['http://proxy.example:443', 'http://proxy.example:443', null],
  ['https://proxy.example', 'https://proxy.example:443', null],
  ['https://proxy.example:80', 'https://proxy.example:80', null],
  ['socks5://proxy.example', 'socks5://proxy.example:1080', null],
  ['socks5://proxy.example:80', 'socks5://proxy.example:80', null],
  ['http://198.51.100.7:8080', 'http://198.51.100.7:8080', null],
  ['http://[2001:DB8::1]:8080', 'http://[2001:db8::1]:8080', null],
  ['http://bücher.example:8080', 'http://xn--bcher-kva.example:8080', null],
  // However a number is written, it is judged as what it is.
  ['http://0x7f.1:8080', 'http://127.0.0.1:8080', null],
  ['http://2130706433:8080', 'http://127.0.0.1:8080', null],
  ['http://me:secret@proxy.example:8080', 'http://proxy.example:8080', ['me', 'secret']],
  ['https://me:se%20cr%40t%3A@proxy.example', 'https://proxy.example:443', ['me', 'se cr@t:']],
  ['http://me:a@b:c@proxy.example:1', 'http://proxy.example:1', ['me', 'a@b:c']],
  ['http://me@proxy.example:65535', 'http://proxy.example:65535', ['me', '']],
  ['http://me:@proxy.example:8080', 'http://proxy.example:8080', ['me', '']],
] as [string, string, [string, string] | null][])('%s', (text, server, login) => {
  const proxy = readProxy(text)
  if (typeof proxy === 'string') throw new Error(proxy)
  expect(serverOf(proxy)).toBe(server)
  expect(proxy.login).toEqual(login && { username: login[0], password: login[1] })
})

test.each([
  ['', 'scheme'],
  ['proxy.example:3128', 'scheme'],
  ['direct://', 'scheme'],
  ['socks4://proxy.example', 'scheme'],
  ['ftp://proxy.example', 'scheme'],
  ['toString://proxy.example', 'scheme'],
  [' http://proxy.example', 'scheme'],
  ['http://', 'host'],
  ['http://:3128', 'host'],
  ['http://me:secret@:3128', 'host'],
  ['http://proxy example:3128', 'host'],
  ['http://proxy.example\n:3128', 'host'],
  ['http://one.example,direct:3128', 'host'],
  ['http://one.example;https=two.example:3128', 'host'],
  ['http://-proxy.example:3128', 'host'],
  ['http://pro_xy.example:3128', 'host'],
  ['http://300.1.1.1.1:3128', 'host'],
  ['http://[fe80::1%25eth0]:3128', 'host'],
  ['http://[2001:db8::1:3128', 'host'],
  [`http://${'a'.repeat(300)}.example`, 'host'],
  ['http://proxy.example:', 'port'],
  ['http://proxy.example:0', 'port'],
  ['http://proxy.example:65536', 'port'],
  ['http://proxy.example:1e3', 'port'],
  ['http://proxy.example: 80', 'port'],
  ['http://proxy.example:3128/path', 'rest'],
  ['http://proxy.example:3128?list=1', 'rest'],
  ['http://proxy.example:3128#part', 'rest'],
  ['http://proxy.example:3128\n--no-sandbox', 'port'],
  ['http://@proxy.example', 'login'],
  ['http://:secret@proxy.example', 'login'],
  ['http://m%3Ae:secret@proxy.example', 'login'],
  ['http://me:%zz@proxy.example', 'login'],
  ['http://me:geheim%C3%BC@proxy.example', 'login'],
  ['http://me:a%0D%0Ab@proxy.example', 'login'],
  [`http://me:${'x'.repeat(300)}@proxy.example`, 'login'],
  ['socks5://me:secret@proxy.example', 'socks_login'],
] as [string, ProxyProblem][])('%j is none: %s', (text, problem) => {
  expect(readProxy(text)).toBe(problem)
})

test.each(['page_unreachable', 'proxy_refused', 'proxy_unusable'])('%s names the proxy', (reason) => {
  const { message, action } = explainAccount('reconnecting', reason, 'http://proxy.example:3128')
  expect(message).toContain('http://proxy.example:3128')
  expect(action).toBe('wait')
  expect(explainAccount('reconnecting', reason).message).not.toContain('http://')
})
