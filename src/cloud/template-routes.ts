// Templates that messages of the Cloud API's dialect name: a person keeps them here, nobody has to approve them.
import { Elysia, t } from 'elysia'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, iso, isUuid, nothing, oneOf, problem, problems } from '../http/shape.ts'
import { refuseTemplate, type TemplateComponent } from '../rules/cloud-template.ts'
import { createTemplate, listTemplates, removeTemplate, type Template } from './store.ts'

const MOST = 500

const words = (most: number) => t.String({ minLength: 1, maxLength: most })
const component = body({
  type: oneOf(['HEADER', 'BODY', 'FOOTER', 'BUTTONS']),
  format: t.Optional(oneOf(['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT'])),
  text: t.Optional(words(1_024)),
  buttons: t.Optional(
    t.Array(
      body({
        type: oneOf(['QUICK_REPLY', 'URL', 'PHONE_NUMBER']),
        text: words(25),
        url: t.Optional(words(2_000)),
        phone_number: t.Optional(words(20)),
      }),
      { minItems: 1, maxItems: 10 },
    ),
  ),
})
const shape = t.Object({
  id: t.String(),
  name: t.String(),
  language: t.String(),
  status: t.String({ description: 'APPROVED: there is nobody who would have to.' }),
  components: t.Array(t.Any()),
  created_at: t.Nullable(t.String()),
})

export function templateRoutes({ asPerson, guard }: { asPerson: AsPerson; guard: Guard }) {
  return new Elysia({ name: 'templates', normalize: false, detail: { tags: ['Cloud API'] } })
    .use(guard)
    .get(
      '/api/templates',
      async ({ caller: { userId } }) => ({
        items: (await asPerson(userId, (tx) => listTemplates(tx, userId))).map(view),
      }),
      {
        who: 'read',
        response: { 200: t.Object({ items: t.Array(shape) }), ...problems },
        detail: { summary: 'Your templates' },
      },
    )
    .post(
      '/api/templates',
      async ({ caller: { userId }, body: { name, language, components }, set }) => {
        const given = components as TemplateComponent[]
        const refused = refuseTemplate(given)
        if (refused) throw new Problem('template_invalid', refused)
        const template = { userId, name, language, components: given }
        const made = await asPerson(userId, (tx) => createTemplate(tx, template, MOST))
        if (made === 'exists') throw new Problem('template_exists')
        if (made === 'many') throw new Problem('too_many_templates')
        set.status = 201
        return view(made)
      },
      {
        who: 'send',
        body: body({
          name: t.String({ pattern: '^[a-z0-9_]{1,512}$', description: 'Small letters, digits and _.' }),
          language: t.String({ pattern: '^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$', description: 'As en_US.' }),
          components: t.Array(component, { minItems: 1, maxItems: 4 }),
        }),
        response: { 201: shape, 409: problem, ...problems },
        detail: {
          summary: 'Keep a template',
          description: 'Components as the Cloud API writes them, with places such as {{1}} or {{name}}.',
        },
      },
    )
    .delete(
      '/api/templates/:id',
      async ({ caller: { userId }, params: { id }, set }) => {
        const removed = isUuid(id) && (await asPerson(userId, (tx) => removeTemplate(tx, userId, id)))
        if (!removed) throw new Problem('template_not_found')
        set.status = 204
      },
      {
        who: 'send',
        response: { 204: nothing, 404: problem, ...problems },
        detail: { summary: 'Remove a template' },
      },
    )
}

function view({ id, name, language, components, created_at }: Template) {
  return { id, name, language, status: 'APPROVED', components, created_at: iso(created_at) }
}
