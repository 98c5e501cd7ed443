// Addresses as proxies, keys and limits read them: both families, mapped ones, and whatever else stands in a header.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createClientAddress } from '../../src/http/client-address.ts'
import { createNetworks, isNetwork, neighbourhoodOf } from '../../src/rules/networks.ts'

test.each([
  ['192.0.2.7', true],
  ['192.0.2.0/24', true],
  ['0.0.0.0/0', true],
  ['2001:db8::/32', true],
  ['::1', true],
  ['::ffff:192.0.2.0/120', true],
  ['192.0.2.0/33', false],
  ['2001:db8::/129', false],
  ['192.0.2.0/-1', false],
  ['192.0.2.0/24/8', false],
  ['192.0.2.0/', false],
  ['192.0.2', false],
  ['3221225991', false],
  ['fe80::1%eth0', false],
  ['example.com', false],
  ['', false],
])('%p is a network: %p', (text, is) => {
  expect(isNetwork(text)).toBe(is)
})

test.each([
  ['10.1.2.3', ['10.0.0.0/8'], true],
  ['11.1.2.3', ['10.0.0.0/8'], false],
  ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
  ['10.1.2.3', ['::ffff:10.0.0.0/104'], true],
  ['2001:DB8::9', ['2001:db8::/32'], true],
  ['2001:db9::9', ['2001:db8::/32'], false],
  ['192.0.2.7', ['2001:db8::/32', '192.0.2.7'], true],
  ['192.0.2.8', ['192.0.2.7'], false],
  ['fe80::1%eth0', ['fe80::/10'], true],
  ['10.1.2.3', [], false],
  ['10.1.2.3', ['::/0'], false],
  ['nonsense', ['0.0.0.0/0', '::/0'], false],
  [null, ['0.0.0.0/0', '::/0'], false],
] as [string | null, string[], boolean][])('%p in %p: %p', (address, networks, is) => {
  expect(createNetworks(networks).contains(address)).toBe(is)
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:aaaa::1', '2001:db8:0:1::/64'],
  ['2001:0DB8:0000:0001::9', '2001:db8:0:1::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
])('%p counts as %p', (address, as) => {
  expect(neighbourhoodOf(address)).toBe(as)
})

describe('X-Forwarded-For', () => {
  const behind = createClientAddress(['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48'])

  test.each([
    ['nobody forwards', '203.0.113.9', null, '203.0.113.9'],
    ['one who is not trusted lies', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['our proxy', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['our proxy by a mapped address', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the caller lies before our proxy', '127.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['two of ours', '127.0.0.1', '1.1.1.1, 198.51.100.1, 10.2.3.4', '198.51.100.1'],
    ['only ours', '127.0.0.1', '10.1.1.1, 10.2.3.4', '10.1.1.1'],
    ['IPv6', '127.0.0.1', '2001:db8::5, 2001:db8:ffff::1', '2001:db8::5'],
    ['an IPv6 proxy', '2001:db8:ffff::7', '198.51.100.1', '198.51.100.1'],
    ['with ports', '127.0.0.1', '[2001:db8::5]:4711, 10.2.3.4:80', '2001:db8::5'],
    ['IPv4 with its port', '127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['a mapped one', '127.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['garbage', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['garbage behind one of ours', '127.0.0.1', '198.51.100.1, _hidden, 10.2.3.4', '10.2.3.4'],
    ['nothing', '127.0.0.1', '', '127.0.0.1'],
    ['commas', '127.0.0.1', ',,,', '127.0.0.1'],
    ['no address at all', null, '198.51.100.1', null],
  ])('%s', (_, direct, header, address) => {
    expect(behind(direct, header)).toBe(address)
  })

  test('counts for nobody where no proxy is trusted', () => {
    expect(createClientAddress([])('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1')
  })

  test('whatever a caller writes, the answer is what our proxy saw', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (lie) => {
        expect(behind('127.0.0.1', `${lie}, 198.51.100.1`)).toBe('198.51.100.1')
      }),
    )
  })
})
