-- What the figures and the activity log are read from.

-- The list of a person's messages as before; what the figures count is in it, so that weeks of them are counted from
-- the index alone.
drop index message_logs_user;
create index message_logs_user on message_logs (user_id, id desc)
  include (direction, created_at, account_id, status, reason, sent_at, delivered_at);

create index activity_logs_action on activity_logs (action, id desc);
