// Media: prepared in the page, uploaded to the servers, fetched again. What is sent along is kept unencrypted.
import { Model } from './events.ts'
import { define } from './require.ts'

/** A blob that serializes to nothing, as the real page's does. */
class OpaqueData {
  #blob: Blob

  constructor(blob: Blob) {
    this.#blob = blob
  }

  static async createFromData(data: BlobPart, type: string): Promise<OpaqueData> {
    return new OpaqueData(data instanceof Blob && data.type === type ? data : new Blob([data], { type }))
  }

  get type(): string {
    return this.#blob.type
  }

  get size(): number {
    return this.#blob.size
  }

  get name(): string | undefined {
    return this.#blob instanceof File ? this.#blob.name : undefined
  }

  forceToBlob(): Blob {
    return this.#blob
  }

  formData(): Blob {
    return this.#blob
  }

  url(): string {
    return URL.createObjectURL(this.#blob)
  }

  autorelease(): void {}
}

interface PrepParams {
  asSticker?: boolean
  asGif?: boolean
  isPtt?: boolean
  asDocument?: boolean
}

interface MediaObject {
  type: string
  filehash: string
  size: number
  contentInfo: Record<string, unknown>
  consolidate(data: Record<string, unknown>): void
}

const prepared = new Map<string, OpaqueData>()
const objects = new Map<string, MediaObject>()

function prepRawMedia(data: OpaqueData, params: PrepParams) {
  return {
    async waitForPrep(): Promise<Model> {
      const filehash = await sha256B64(data.forceToBlob())
      prepared.set(filehash, data)
      const type = kindOf(data.type, params)
      return new Model({
        type,
        mimetype: data.type,
        filehash,
        size: data.size,
        isGif: Boolean(params.asGif),
        mediaBlob: data,
        preview: undefined,
        ...(type === 'document' && { filename: data.name }),
      })
    },
  }
}

function getOrCreateMediaObject(filehash: string): MediaObject {
  const known = objects.get(filehash)
  if (known) return known
  const data = prepared.get(filehash)
  const made: MediaObject = {
    type: kindOf(data?.type ?? '', {}),
    filehash,
    size: data?.size ?? 0,
    contentInfo: {},
    consolidate(json) {
      this.type = String(json.type ?? this.type)
    },
  }
  objects.set(filehash, made)
  return made
}

async function uploadMedia({ mediaObject }: { mediaObject: MediaObject }) {
  const uploaded = await upload(mediaObject.filehash, prepared.get(mediaObject.filehash)!.forceToBlob())
  return {
    mediaEntry: {
      mmsUrl: uploaded.url,
      deprecatedMms3Url: uploaded.url,
      uploadHash: uploaded.encFilehash,
      ...uploaded,
    },
  }
}

/** Throws what the servers answer when they take nothing. */
async function upload(filehash: string, blob: Blob) {
  const directPath = `/m/${filehash.replaceAll('/', '_').replaceAll('+', '-')}`
  const answer = await fetch(directPath, {
    method: 'PUT',
    body: blob,
    headers: { 'content-type': blob.type },
  })
  if (!answer.ok) throw new Error(`media upload failed: ${answer.status}`)
  return {
    directPath,
    url: `https://${location.host}${directPath}`,
    filehash,
    encFilehash: filehash,
    mediaKey: btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))),
    mediaKeyTimestamp: Math.floor(Date.now() / 1000),
  }
}

async function downloadAndMaybeDecrypt({ directPath }: { directPath: string }): Promise<ArrayBuffer> {
  const answer = await fetch(directPath)
  // The library looks at `status`.
  if (!answer.ok)
    throw Object.assign(new Error(`media download failed: ${answer.status}`), { status: answer.status })
  return answer.arrayBuffer()
}

function kindOf(mimetype: string, { asDocument, isPtt, asSticker }: PrepParams): string {
  if (asDocument) return 'document'
  if (isPtt) return 'ptt'
  if (asSticker) return 'sticker'
  const kind = mimetype.split('/')[0]!
  return ['image', 'video', 'audio'].includes(kind) ? kind : 'document'
}

async function sha256B64(blob: Blob): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return btoa(String.fromCharCode(...new Uint8Array(hash)))
}

define('WAWebMediaOpaqueData', OpaqueData)
define('WAWebPrepRawMedia', { prepRawMedia })
define('WAWebMediaStorage', { getOrCreateMediaObject })
define('WAWebMmsMediaTypes', {
  msgToMediaType: ({ type, isGif }: { type: string; isGif: boolean }) => (isGif ? 'gif' : type),
  castToV4: (type: string) => type,
})
define('WAWebMediaDataUtils', { shouldUseMediaCache: (type: string) => type !== 'document' })
define('WAWebMediaInMemoryBlobCache', { InMemoryMediaBlobCache: { put() {}, get() {} } })
define('WAWebMediaMmsV4Upload', { uploadMedia, uploadUnencryptedMedia: uploadMedia })
define('WAWebDownloadManager', { downloadManager: { downloadAndMaybeDecrypt } })
define('WAWebUploadManager', {
  encryptAndUpload: async ({ blob }: { blob: Blob }) => upload(await sha256B64(blob), blob),
})
define('WAWebStartMediaUploadQpl', { startMediaUploadQpl: () => ({}) })
define('WAWebImageUtils', { toWebpSticker: async (file: Blob) => new Blob([file], { type: 'image/webp' }) })
