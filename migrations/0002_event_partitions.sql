-- A partition of delivery_event for each day, made ahead: by the migration, then by workers, every 6 hours. Where none ran for so long that a
-- day has none, its events go to the default partition.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- Makes the missing partitions from yesterday to p_days ahead (days of UTC) and returns how many it made. Rows of such a day that lie in the
-- default partition move along; a day with more than p_move of them (null: no bound) stays there, and ends no other's making.
--
-- Writers are not in its way, nor it in theirs: attaching locks the parent in a mode that lets them through, and the default partition, which
-- they do not touch. Readers of all partitions do: so it gives up soon (55P03) where one holds the default partition, because others would
-- wait behind it. With days made ahead there is time to come again.
--
-- Where today's is to be made, or rows are to be moved, writers wait: for 200 ms at most until it has its locks, and then for 20,000 rows at
-- most of a day. Otherwise one whose row is under way to the default partition would fail, because the row belongs elsewhere meanwhile.
create function ensure_partitions(p_days int default 14, p_move int default 20000) returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '100ms' as $$
declare
  v_stray date[];      -- days of which the default partition holds rows
  v_stay  date[];      -- those of them with too many
  v_days  date[];      -- whose partitions are to be made
  v_day   date;
  v_name  text;
begin
  perform pg_advisory_xact_lock(hashtextextended('otp.ensure_partitions', 0));
  select coalesce(array_agg(s.day), '{}'), coalesce(array_agg(s.day) filter (where s.count > p_move), '{}') into v_stray, v_stay
    from (select e.at::date as day, count(*) from delivery_event_default e group by 1) s;
  v_days := array(
    select d.day from (select now()::date + i as day from generate_series(-1, p_days) as i) d
     where to_regclass('otp.delivery_event_' || to_char(d.day, 'YYYYMMDD')) is null and d.day <> all (v_stay) order by d.day);

  if v_days && (v_stray || now()::date) then
    lock table only delivery_event in share row exclusive mode;
    lock table only delivery_event_default in access exclusive mode;
  end if;
  foreach v_day in array v_days loop
    v_name := 'delivery_event_' || to_char(v_day, 'YYYYMMDD');
    -- Made beside and attached: the parent is never locked against writers for that.
    execute format('create table otp.%I (like otp.delivery_event including defaults including constraints)', v_name);
    -- Whatever was seen above: another may have come before the locks.
    if v_day = any (v_stray || now()::date) then
      execute format('with moved as (delete from otp.delivery_event_default e where e.at >= %L and e.at < %L returning e.*) '
                     'insert into otp.%I select * from moved', v_day, v_day + 1, v_name);
    end if;
    execute format('alter table otp.delivery_event attach partition otp.%I for values from (%L) to (%L)', v_name, v_day, v_day + 1);
  end loop;
  return cardinality(v_days);
end $$;
revoke execute on function ensure_partitions from public;
grant execute on function ensure_partitions to otp_worker;

select ensure_partitions();
reset role;
