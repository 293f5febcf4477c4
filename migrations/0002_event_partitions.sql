-- A partition of delivery_event for each day, made ahead: by the migration, then once a day. A row in the default partition is a fault to
-- alert on, and blocks the attaching of its day.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Makes the missing partitions from yesterday to p_days ahead (days of UTC) and returns how many it made.
--
-- Writers are never in its way, nor it in theirs: attaching locks the parent in a mode that lets them through, and the default partition,
-- which they do not touch. Readers of all partitions do: so it gives up soon (55P03) where one holds the default partition, because others
-- would wait behind it. With days made ahead there is time to come again.
create function ensure_partitions(p_days int default 14) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
  v_day  date;
  v_name text;
  v_made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('otp.ensure_partitions', 0));
  for i in -1 .. p_days loop
    v_day := (now() at time zone 'UTC')::date + i;
    v_name := 'delivery_event_' || to_char(v_day, 'YYYYMMDD');
    continue when to_regclass('otp.' || v_name) is not null;
    -- Made beside and attached: the parent is never locked against writers.
    execute format('create table otp.%I (like otp.delivery_event including defaults including constraints)', v_name);
    execute format('alter table otp.delivery_event attach partition otp.%I for values from (%L) to (%L)', v_name,
                   (v_day::timestamp at time zone 'UTC')::text, ((v_day + 1)::timestamp at time zone 'UTC')::text);
    v_made := v_made + 1;
  end loop;
  return v_made;
end $$;
revoke execute on function ensure_partitions from public;
grant execute on function ensure_partitions to otp_worker;

select ensure_partitions();
reset role;
