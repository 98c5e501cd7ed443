// Makes the stand-in's certificate at run time, so that no key ever lies in the repository.
//
// The certificate is self-signed for web.whatsapp.com; Chromium accepts it because its flag names the hash of the
// public key (`--ignore-certificate-errors-spki-list`). Layout: RFC 5280 section 4.1, DER rules: ITU-T X.690.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Certificate {
  certPem: string
  keyPem: string
  /** Base64 of the SHA-256 of the SubjectPublicKeyInfo: what Chromium's flag wants. */
  spkiHash: string
}

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_ID = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17

const ECDSA_WITH_SHA256 = der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex'))
const COMMON_NAME = der(OBJECT_ID, Buffer.from('550403', 'hex'))
const SUBJECT_ALT_NAME = der(OBJECT_ID, Buffer.from('551d11', 'hex'))

/** A fresh P-256 key and a certificate for `host` that is good from yesterday for about five years. */
export function makeCertificate(host: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })

  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(host)))))
  const dayMs = 86_400_000
  const validity = der(SEQUENCE, utcTime(Date.now() - dayMs), utcTime(Date.now() + 5 * 365 * dayMs))
  // A leading 0x01 keeps the serial number positive.
  const serial = der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(15)]))
  const version3 = der(0xa0, der(INTEGER, Buffer.from([2])))
  const altNames = der(SEQUENCE, der(0x82, Buffer.from(host)))
  const extensions = der(0xa3, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, altNames))))

  const body = der(SEQUENCE, version3, serial, algorithm, name, validity, name, spki, extensions)
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey))
  const certificate = der(SEQUENCE, body, algorithm, signature)

  return {
    certPem: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spkiHash: createHash('sha256').update(spki).digest('base64'),
  }
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), derLength(content.length), content])
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  if (length < 0x100) return Buffer.from([0x81, length])
  return Buffer.from([0x82, length >> 8, length & 0xff])
}

function utcTime(ms: number): Buffer {
  const [date, time] = new Date(ms).toISOString().split('T') as [string, string]
  return der(
    UTC_TIME,
    Buffer.from(`${date.slice(2).replaceAll('-', '')}${time.slice(0, 8).replaceAll(':', '')}Z`),
  )
}
