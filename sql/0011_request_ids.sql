-- The request that accepted a message: the log is searched by it.

alter table message_logs
  -- As in the answer's X-Request-Id; null for what came in, was imported, or is older than this column.
  add column request_id text check (length(request_id) <= 64);
