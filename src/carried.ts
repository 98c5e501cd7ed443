// What an executable carries inside itself. From source there is nothing to carry; `build.ts` swaps this module.

/** Paths inside the executable (readable with `Bun.file`), by the name the file has outside. */
export interface Carried {
  /** Version and platform: names the folder in DATA_DIR into which things are unpacked once. */
  version: string
  /** One tar archive, zstd-compressed, of the PostgreSQL binaries' `native` folder; null where there is none. */
  postgres: string | null
  /** The files of `@sparticuz/chromium/bin`; empty where there is none. */
  chromium: Record<string, string>
  /** The built dashboard: URL path → file. */
  pages: Record<string, string>
  /** Migrations: file name → SQL text. */
  migrations: Record<string, string>
}

export const carried: Carried | null = null
