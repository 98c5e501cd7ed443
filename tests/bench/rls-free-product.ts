// The product as it would be without row-level security: requests of one person run no transaction that names them.
import type { Sql, TransactionSql } from 'postgres'
import { runProduct } from './run-product.ts'

await runProduct(({ sql }) => ({ personal: withoutNames(sql) }))

/** What several statements of one request need a transaction for still gets one: here only messages are accepted. */
function withoutNames(sql: Sql): Sql {
  const unnamed = new Proxy(sql, {
    apply(target, self, args) {
      const text = (args[0] as TemplateStringsArray | undefined)?.[0]
      if (typeof text === 'string' && text.startsWith('select set_config('))
        return { execute: () => Promise.resolve([]) }
      return Reflect.apply(target, self, args)
    },
  }) as unknown as TransactionSql
  return new Proxy(sql, {
    get: (target, name) =>
      name === 'begin'
        ? (work: (tx: TransactionSql) => unknown) => Promise.resolve(work(unnamed))
        : Reflect.get(target, name),
  })
}
