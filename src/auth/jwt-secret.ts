// The key that signs tokens: given by the configuration, or made once in DATA_DIR.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keepSecret } from '../kept-secret.ts'

export function readJwtSecret({ jwtSecret, dataDir }: { jwtSecret: string | null; dataDir: string }): string {
  return jwtSecret ?? keepSecret(join(dataDir, 'jwt-secret'), () => randomBytes(48).toString('base64url'))
}
