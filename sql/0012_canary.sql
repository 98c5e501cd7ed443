-- The canary: a message an hour that one account sends to itself, so that an operator hears of trouble before people do.

create table canaries (
  account_id uuid primary key references accounts on delete cascade,
  user_id uuid not null references users on delete cascade,
  chosen_at timestamptz not null default now(),
  next_at timestamptz not null default now(),
  -- The last one, until it is known what became of it, and when it was asked for.
  message_id uuid,
  asked_at timestamptz,
  -- The build of WhatsApp Web with the last one.
  web_version text,
  -- Troubles that were told and are not over.
  told text[] not null default '{}',
  check ((message_id is null) = (asked_at is null))
);
-- One an installation.
create unique index canaries_one on canaries ((true));
select keep_to_owner('canaries');

alter table message_logs
  drop constraint message_logs_source_check,
  add constraint message_logs_source_check check (source in ('dashboard', 'api', 'whatsapp', 'canary'));

-- As in 0006, and the source: what the program sends by itself counts in no figure.
drop index message_logs_user;
create index message_logs_user on message_logs (user_id, id desc)
  include (direction, created_at, account_id, status, reason, sent_at, delivered_at, source);
