-- The sweep: what waits in the tables and not in the queue.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Matches parked receipts, then claims rows to publish for 30 s. Who took them publishes with a confirm and calls mark_published; if it
-- dies, they come again, and begin knows them. A row past its deadline is published all the same: begin ends it, and its event is told.
create function sweep_due(p_limit int default 500)
returns table (request_id uuid, tenant text, job bytea, traceparent text, attempts int)
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_due uuid[];
begin
  perform match_parked();
  v_now := clock_timestamp();         -- a variable: an index cannot be searched for what changes while it is searched
  v_due := array(select d.request_id from delivery d where d.sweep_at <= v_now order by d.sweep_at limit p_limit for no key update skip locked);
  return query
  update delivery d set sweep_at = v_now + interval '30 s'
   where d.request_id = any (v_due)
  returning d.request_id, d.tenant, d.job, d.traceparent, d.attempts::int;
end $$;

revoke execute on function sweep_due from public;
grant execute on function sweep_due to otp_worker;
reset role;
