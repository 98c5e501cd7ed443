-- Webhooks: whom to tell of what, and every delivery from the moment of its event on.

create table webhooks (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  name text not null default '' check (length(name) <= 100),
  url text not null check (length(url) between 1 and 2000),
  -- Types as in `events`, a type with its status or state behind a dot (`message.status.failed`), or `*`.
  events text[] not null check (cardinality(events) between 1 and 50),
  -- Null: every account of the person, and what belongs to none.
  account_ids uuid[],
  -- Sealed with the key in DATA_DIR; the one before signs too until then.
  secret bytea not null,
  old_secret bytea,
  old_secret_until timestamptz,
  -- JSON of name → value, sealed: they often hold a key of the receiver's. The names are for showing.
  headers bytea,
  header_names text[] not null default '{}',
  enabled boolean not null default true,
  -- Why it is off: its owner, the receiver said 410, or nothing but failures for days.
  disabled_reason text check (disabled_reason in ('by_owner', 'gone', 'failing')),
  disabled_at timestamptz,
  -- The first failure since a delivery was last acknowledged.
  failing_since timestamptz,
  created_at timestamptz not null default now(),
  check (enabled = (disabled_reason is null)),
  check ((old_secret is null) = (old_secret_until is null))
);
create index webhooks_user on webhooks (user_id, id);

create table webhook_deliveries (
  webhook_id uuid not null references webhooks on delete cascade,
  event_id uuid not null references events on delete cascade,
  user_id uuid not null,
  type text not null,
  -- Of the event: (xid, event_id) is the order in which an endpoint is told.
  xid xid8 not null,
  status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed', 'cancelled')),
  tries integer not null default 0,
  -- Null: as soon as its turn comes.
  next_try_at timestamptz,
  -- What was sent, the same at every try; null before the first.
  body text,
  -- The last tries, oldest first: {at, ms, status, failure, answer}.
  log jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  first_try_at timestamptz,
  settled_at timestamptz,
  primary key (webhook_id, event_id),
  check ((status = 'waiting') = (settled_at is null))
);
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, xid, event_id) where status = 'waiting';
create index webhook_deliveries_event on webhook_deliveries (event_id);
create index webhook_deliveries_settled on webhook_deliveries (settled_at) where settled_at is not null;

select keep_to_owner('webhooks');
select keep_to_owner('webhook_deliveries');

-- Whether somebody who chose these asked to be told of such an event.
create function webhook_wants(
  chosen text[], chosen_accounts uuid[], type text, data jsonb, account_id uuid
) returns boolean language sql immutable as $$
  select chosen && array['*', type, type || '.' || coalesce(data->>'status', data->>'state', '')]
    and (chosen_accounts is null or coalesce(account_id = any (chosen_accounts), false))
$$;

-- Whatever writes an event, in whatever statement, writes its deliveries with it: none can be forgotten or lost.
-- It runs as who writes the event, so row-level security holds here too.
create function create_webhook_deliveries() returns trigger language plpgsql as $$
begin
  insert into webhook_deliveries (webhook_id, event_id, user_id, type, xid)
  select w.id, e.id, e.user_id, e.type, e.xid
  from added e join webhooks w on w.user_id = e.user_id and w.enabled
  where webhook_wants(w.events, w.account_ids, e.type, e.data, e.account_id);
  return null;
end $$;

create trigger events_webhooks after insert on events
  referencing new table as added for each statement execute function create_webhook_deliveries();

-- Accounts that need their owner, from the moment they were not ready: told once, and once more when they are well.
create table account_alerts (
  account_id uuid primary key references accounts on delete cascade,
  user_id uuid not null,
  since timestamptz not null,
  -- What was told; null while it may still pass by itself.
  code text,
  told_at timestamptz,
  -- Ready again since; told when it stays so for a while.
  ready_since timestamptz
);
select keep_to_owner('account_alerts');
