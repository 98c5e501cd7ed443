-- A second net behind the owner that every query names: PostgreSQL itself shows a person's rows to that person only.

-- Later migrations call this for each table of theirs that has a user_id: `select keep_to_owner('files')`.
-- Whoever asks says in whose name (app.user_id), or was opened to see everybody (app.bypass); without either there is
-- nothing to see. FORCE: also where the program's login owns the tables. current_setting answers '' for a setting
-- that an earlier transaction of the same connection had.
create function keep_to_owner(kept regclass, owner_column text default 'user_id') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', kept);
  execute format('alter table %s force row level security', kept);
  execute format(
    'create policy owner_only on %s using (current_setting(''app.bypass'', true) = ''on'''
      ' or %I = nullif(current_setting(''app.user_id'', true), '''')::uuid)',
    kept, owner_column);
end $$;

select keep_to_owner('users', 'id');
select keep_to_owner('invitations', 'invited_by');

-- Everything that belongs to somebody so far.
select keep_to_owner(format('%I.%I', schemaname, tablename)::regclass) from pg_tables t
where schemaname = current_schema() and exists (
  select 1 from information_schema.columns c
  where c.table_schema = t.schemaname and c.table_name = t.tablename and c.column_name = 'user_id');
