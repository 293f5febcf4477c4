-- Retention. Run by the operator's command, so nobody but the owner may.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- How far the purge has come in tables without an index on what it looks for: the page where it goes on, and when it last began with the first.
create table purge_mark (
  name     text        primary key,
  page     bigint      not null default 0,
  begun_at timestamptz
) with (fillfactor = 20);
insert into purge_mark (name) values ('send_budget'), ('check_budget'), ('verification'), ('delivery_event_default');

-- Runs p_change on the table's pages, 64 at a time ($1 to below $2), until p_limit rows are changed, 128 MB are read or the end is reached.
-- The next call goes on there, and at the end begins anew unless it began after p_run. Returns 0 where the whole table was looked at since
-- then and nothing was changed now, else how many rows were, and no less than 1.
create function purge_pages(p_table regclass, p_change text, p_limit int, p_run timestamptz) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_pages bigint := pg_relation_size(p_table) / current_setting('block_size')::int;
  v_mark  purge_mark;
  v_until bigint;
  v_count int;
  v_all   int := 0;
begin
  select * into v_mark from purge_mark m where m.name = p_table::text for update;
  v_until := least(v_pages, v_mark.page + 16384);      -- what is locked must not wait long
  if v_mark.page = 0 then
    if v_mark.begun_at >= p_run then return 0; end if;
    v_mark.begun_at := clock_timestamp();
  end if;
  while v_all < p_limit and v_mark.page < v_until loop
    execute p_change using format('(%s,0)', v_mark.page)::tid, format('(%s,0)', v_mark.page + 64)::tid;
    get diagnostics v_count = row_count;
    v_all := v_all + v_count;
    v_mark.page := v_mark.page + 64;
  end loop;
  if v_mark.page >= v_pages then v_mark.page := 0; end if;
  update purge_mark m set page = v_mark.page, begun_at = v_mark.begun_at where m.name = v_mark.name;
  return greatest(v_all, (v_mark.page > 0 or v_mark.begun_at < p_run)::int);
end $$;

-- Deletes up to p_limit requests older than p_keep_days with their attempts and what only they need, as many parked receipts after a day, and
-- about as many stale rows of one other kind: budgets after 48 h, events of the default partition after p_keep_days; or it settles verifications
-- that ended a day ago. Returns 0 where nothing is left to do, else about how many rows it changed; the caller repeats until it is 0.
-- p_run: when the caller began to, so that it is done once each table was looked at since. Who says nothing looks at each once an hour.
create function purge_rows(p_keep_days int default 30, p_limit int default 5000, p_run timestamptz default now() - interval '1 h') returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_cutoff        timestamptz := now() - make_interval(days => p_keep_days);
  v_requests      uuid[];
  v_verifications uuid[];
  v_gone          int := 0;
  v_count         int;
begin
  -- tenant by tenant, along the index that listing has
  with recursive t(tenant) as (
    (select d.tenant from delivery d order by d.tenant limit 1)
    union all
    select (select d.tenant from delivery d where d.tenant > t.tenant order by d.tenant limit 1) from t where t.tenant is not null)
  select array_agg(o.request_id), array_agg(distinct o.verification_id) into v_requests, v_verifications
    from (select o.* from t cross join lateral (
            select d.request_id, d.verification_id from delivery d
             where d.tenant = t.tenant and d.created_at < v_cutoff order by d.created_at limit p_limit) o limit p_limit) o;

  if v_requests is not null then
    delete from provider_message m using delivery_attempt a
      join provider_message f on f.provider_message_id = a.provider_message_id and f.provider = a.provider
     where a.request_id = any (v_requests) and m.provider_message_id in (f.provider_message_id, f.second_id) and m.provider = f.provider;
    delete from delivery_attempt a where a.request_id = any (v_requests);
    delete from delivery d where d.request_id = any (v_requests);
    get diagnostics v_gone = row_count;
    -- Whatever its age: no later call would name it. None is live: a code ends within an hour of its last request.
    delete from verification v where v.id = any (v_verifications) and v.expires_at < now()
       and not exists (select 1 from delivery d where d.verification_id = v.id);
  end if;

  -- Verifications that nobody came back for stay pending, and in the index of the pending ones, which must stay small. One table a call:
  -- who waits for a row that was changed in one waits for no reading of the next.
  v_gone := v_gone + coalesce(
    nullif(purge_pages('send_budget',
        'delete from send_budget b where b.ctid = any (array(select x.ctid from send_budget x where x.ctid >= $1 and x.ctid < $2 '
        'and coalesce(x.times[cardinality(x.times)], ''-infinity'') < now() - interval ''48 h'' for update skip locked))', p_limit, p_run), 0),
    nullif(purge_pages('check_budget',
        'delete from check_budget b where b.ctid = any (array(select x.ctid from check_budget x where x.ctid >= $1 and x.ctid < $2 '
        'and x.times[cardinality(x.times)] < now() - interval ''48 h'' for update skip locked))', p_limit, p_run), 0),
    nullif(purge_pages('verification',
        'update verification v set status = case when v.wrong_checks >= 5 then ''max_attempts_reached'' else ''expired'' end, '
        'settled_at = clock_timestamp() where v.ctid = any (array(select x.ctid from verification x where x.ctid >= $1 and x.ctid < $2 '
        'and x.status = ''pending'' and x.expires_at < now() - interval ''1 day'' for no key update skip locked))', p_limit, p_run), 0),
    purge_pages('delivery_event_default', format(
        'delete from delivery_event_default e where e.ctid = any (array(select x.ctid from delivery_event_default x where x.ctid >= $1 and '
        'x.ctid < $2 and x.at < %L for update skip locked))', v_cutoff), p_limit, p_run));
  delete from parked_receipt p where p.ctid = any (array(
    select x.ctid from parked_receipt x where x.at < now() - interval '1 day' limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  return v_gone + v_count;
end $$;

-- Partitions of delivery_event wholly older than p_keep_days.
create function expired_partitions(p_keep_days int default 30) returns setof text
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select c.relname::text
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
   where i.inhparent = 'otp.delivery_event'::regclass and c.relname ~ '^delivery_event_[0-9]{8}$'
     and to_date(right(c.relname, 8), 'YYYYMMDD') < ((now() at time zone 'UTC')::date - p_keep_days)
   order by 1
$$;

-- Drops them, and returns how many. Dropping locks the parent, and whoever writes waits while this waits for its turn: so all are dropped
-- under one lock, whose wait is short. Where a reader holds the table for longer it gives up (55P03), to be called again. (The files
-- are deleted after the lock is gone. Detach concurrently, which needs no such lock, is refused where there is a default partition.)
create function drop_expired_partitions(p_keep_days int default 30) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
  v_names text[] := array(select * from expired_partitions(p_keep_days));
begin
  if v_names = '{}' then return 0; end if;
  lock table only delivery_event in access exclusive mode;
  execute 'drop table ' || (select string_agg(format('otp.%I', n), ', ') from unnest(v_names) as u(n));
  return cardinality(v_names);
end $$;

revoke execute on function purge_pages, purge_rows, expired_partitions, drop_expired_partitions from public;
reset role;
