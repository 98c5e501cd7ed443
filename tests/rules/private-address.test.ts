// Every spelling of every address that an outgoing request must not reach, and those that it may.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isLocalName, isPrivateAddress, readAddress } from '../../src/rules/private-address.ts'

describe('closed', () => {
  test.each([
    // This machine, spelled in every way that inet_aton takes.
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0X7F000001',
    '0x7f.1',
    '0x7f.0.0.1',
    '0x7f.0x0.0x0.0x1',
    '017700000001',
    '0177.0.0.1',
    '0177.1',
    '00000177.0.0.01',
    '127.0x1',
    '0',
    '0.0.0.0',
    '0x',
    '0x0.0',
    // Private, carriers' and link-local networks.
    '10.0.0.1',
    '10.255.255.255',
    '167772161',
    '0xa.1',
    '012.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.257',
    '0xc0a80001',
    '3232235521',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    // For protocols, documents, benchmarks; multicast, reserved, broadcast.
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '4294967295',
    // IPv6: loopback, unspecified, link-local, unique local, multicast, site-local, discard, documents.
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '0000:0000:0000:0000:0000:0000:0000:0001',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fc00::1',
    'fd12:3456:789a::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '3fff::1',
    '5f00::1',
    '4000::1',
    // IPv4 inside IPv6: mapped, compatible, translated, NAT64, its local sister, 6to4, Teredo, ISATAP.
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:7F00:0001',
    '0:0:0:0:0:ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '::127.0.0.1',
    '::7f00:1',
    '::8.8.8.8',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::808:808',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2002:c0a8:101::1',
    '2001:0:7f00:1::1',
    '2001:2::1',
    '2001:10::1',
    '2a00:1450::5efe:127.0.0.1',
    '2a00:1450:0:0:200:5efe:a00:1',
    // What cannot be read is no way out either.
    'example.com',
    '',
    '256.0.0.1',
    '1.2.3.4.5',
    '4294967296',
    '1:2:3',
    '::1::',
    ':::',
    '12345::1',
  ])('%s', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })
})

describe('open', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '134744072',
    '0x08080808',
    '010.010.010.010',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '[2a00:1450:4001::200e]',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '2a00:1450::5efe:8.8.8.8',
  ])('%s', (address) => {
    expect(isPrivateAddress(address)).toBe(false)
  })
})

describe('what an admin allows', () => {
  test.each([
    ['127.0.0.1', ['127.0.0.0/8'], false],
    ['0x7f.1', ['127.0.0.0/8'], false],
    ['::ffff:7f00:1', ['127.0.0.0/8'], false],
    ['::1', ['127.0.0.0/8'], true],
    ['::1', ['::1'], false],
    ['10.1.2.3', ['10.1.2.3'], false],
    ['10.1.2.4', ['10.1.2.3'], true],
    ['10.1.2.127', ['10.1.2.0/25'], false],
    ['10.1.2.128', ['10.1.2.0/25'], true],
    ['169.254.169.254', ['10.0.0.0/8', '192.168.0.0/16'], true],
    ['fd00:1::5', ['fd00:1::/32'], false],
    ['fd00:2::5', ['fd00:1::/32'], true],
    // A way through NAT64 is another network than the one behind it.
    ['64:ff9b::a00:1', ['10.0.0.0/8'], true],
    ['64:ff9b::a00:1', ['64:ff9b::/96'], false],
    ['8.8.8.8', ['10.0.0.0/8'], false],
  ] as [string, string[], boolean][])('%s with %p: closed %p', (address, allow, closed) => {
    expect(isPrivateAddress(address, allow)).toBe(closed)
  })
})

test('one address has one meaning, however it is spelled', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(octet, octet, octet, octet, (a, b, c, d) => {
      const number = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
      const plain = `${a}.${b}.${c}.${d}`
      const octal = [a, b, c, d].map((one) => `0${one.toString(8)}`).join('.')
      const spellings = [plain, String(number), `0x${number.toString(16)}`, `${a}.${number % 2 ** 24}`, octal]
      const expected = Uint8Array.of(a, b, c, d)
      for (const spelling of spellings) expect(readAddress(spelling)).toEqual(expected)
      expect(isPrivateAddress(`::ffff:${plain}`)).toBe(isPrivateAddress(plain))
      expect(isPrivateAddress(`64:ff9b::${plain}`)).toBe(isPrivateAddress(plain))
    }),
  )
})

test.each([
  ['localhost', true],
  ['LOCALHOST.', true],
  ['a.localhost', true],
  ['printer.local', true],
  ['metadata.google.internal', true],
  ['router.lan', true],
  ['nas.home.arpa', true],
  ['localhost.example.com', false],
  ['notlocalhost', false],
  ['example.com', false],
  ['internal.example.com.', false],
])('%s names something local: %p', (name, local) => {
  expect(isLocalName(name)).toBe(local)
})
