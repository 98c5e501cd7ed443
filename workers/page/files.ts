// Runs in WhatsApp's page: uploads the file of a message before its hand-over, and downloads what came with others.

import type { PageHandOver, PageJob, PageModule, PageWindow } from './window.ts'

export function installFiles(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { upload, download, downloaded, look, release })

  const jobs = new Map<string, { now: PageJob; over: Promise<unknown> }>()
  const bytes = new Map<string, Uint8Array>()

  function upload(ask: PageHandOver): void {
    begin(ask.whatsappId, async () => {
      const file = botwave?.files.get(ask.whatsappId)
      if (!file) throw new Error('the page has no file')
      botwave?.uploads.set(ask.whatsappId, await prepare(ask, file))
      return null
    })
  }

  /** The library reads a file out of base64; one that is a file already is taken as it is. */
  async function prepare({ kind }: PageHandOver, file: File): Promise<PageModule> {
    const { WWebJS } = page
    if (!WWebJS.botwaveTakesFiles) {
      const toFile = WWebJS.mediaInfoToFile
      WWebJS.mediaInfoToFile = (info: PageModule) => info.file ?? toFile(info)
      WWebJS.botwaveTakesFiles = true
    }
    if (kind === 'sticker') {
      const isWebp = file.type === 'image/webp'
      const sticker = isWebp ? file : await page.require('WAWebImageUtils').toWebpSticker(file)
      return WWebJS.processStickerData({ mimetype: 'image/webp', file: sticker })
    }
    return WWebJS.processMediaData(
      { mimetype: file.type, filename: file.name, file },
      { forceVoice: kind === 'voice', forceDocument: kind === 'document' },
    )
  }

  function download(job: string, whatsappId: string, maxBytes: number): void {
    begin(job, async () => {
      const message = await botwave?.findAny(whatsappId, '')
      if (!message?.mediaData) return 'missing'
      if (message.size > maxBytes) return 'too_large'
      if (message.mediaData.mediaStage !== 'RESOLVED') {
        await message.downloadMedia({ downloadEvenIfExpensive: true, rmrReason: 1 })
      }
      const fetched = await fetchOut(message)
      if (!fetched) return 'missing'
      if (fetched.byteLength > maxBytes) return 'too_large'
      bytes.set(job, new Uint8Array(fetched))
      return fetched.byteLength
    })
  }

  async function fetchOut(message: PageModule): Promise<ArrayBuffer | null> {
    const quiet = { addAnnotations: () => quiet, addPoint: () => quiet }
    try {
      return await page.require('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt({
        directPath: message.directPath,
        encFilehash: message.encFilehash,
        filehash: message.filehash,
        mediaKey: message.mediaKey,
        mediaKeyTimestamp: message.mediaKeyTimestamp,
        type: message.type,
        signal: new AbortController().signal,
        downloadQpl: quiet,
      })
    } catch (error) {
      const { status } = error as { status?: number }
      if (status === 404 || status === 410) return null
      throw error
    }
  }

  function downloaded(job: string, from: number, length: number): string {
    const part = bytes.get(job)?.subarray(from, from + length)
    if (!part) throw new Error('the page has no such file')
    let text = ''
    // As many arguments as a call takes.
    for (let at = 0; at < part.length; at += 8_192) {
      text += String.fromCharCode(...part.subarray(at, at + 8_192))
    }
    return btoa(text)
  }

  function begin(name: string, work: () => Promise<unknown>): void {
    if (jobs.get(name)?.now.state === 'pending') return
    const job: { now: PageJob; over: Promise<unknown> } = {
      now: { state: 'pending' },
      over: work().then(
        (result) => {
          job.now = { state: 'done', result }
        },
        (error) => {
          job.now = { state: 'failed', detail: String((error as Error)?.message ?? error) }
        },
      ),
    }
    jobs.set(name, job)
  }

  async function look(name: string, waitMs: number): Promise<PageJob> {
    const job = jobs.get(name)
    if (!job) return { state: 'unknown' }
    await Promise.race([job.over, new Promise((resolve) => setTimeout(resolve, waitMs))])
    return job.now
  }

  function release(name: string): void {
    jobs.delete(name)
    bytes.delete(name)
    botwave?.files.delete(name)
    botwave?.uploads.delete(name)
  }
}
