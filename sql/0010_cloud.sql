-- The Cloud API's dialect: templates, webhooks in its shape, and which answers a message with buttons can get.

create table templates (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  name text not null check (name ~ '^[a-z0-9_]+$' and length(name) <= 512),
  language text not null check (language ~ '^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$'),
  -- As the Cloud API writes them: HEADER, BODY, FOOTER, BUTTONS.
  components jsonb not null,
  created_at timestamptz not null default now(),
  unique (user_id, name, language)
);
select keep_to_owner('templates');

-- `cloud`: told in the shape of the Cloud API, signed with its app secret.
alter table webhooks add column kind text not null default 'standard' check (kind in ('standard', 'cloud'));

-- What was last sent to somebody: an answer may be a choice of it.
create index message_logs_choices on message_logs (account_id, receiver_number, id desc)
  where content -> 'cloud' ? 'choices';
