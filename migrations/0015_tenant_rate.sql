-- A tenant's own rate, and its rate of a country. Processes lease it in blocks and spend those by themselves: a row written for every send would serialise all sends
-- of the tenant behind each commit.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

create table tenant_rate (
  tenant  text collate "C" not null,
  country text collate "C" not null default '',   -- '': the tenant's own
  tokens  float8           not null,
  at      timestamptz      not null,
  primary key (tenant, country)
) with (fillfactor = 50);

-- How many of p_want sends this tenant may make now: 0 to p_want. The bucket holds p_burst and fills with p_per_second; a new one is full.
create function lease_tenant_rate(p_tenant text, p_per_second float8, p_burst int, p_want int, p_country text default '') returns int
language plpgsql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
declare
  v_now     timestamptz;
  v_tokens  float8;
  v_granted int;
begin
  insert into tenant_rate as r (tenant, country, tokens, at) values (p_tenant, p_country, p_burst, clock_timestamp())
  on conflict on constraint tenant_rate_pkey do update set tokens = r.tokens where false;
  perform 1 from tenant_rate r where r.tenant = p_tenant and r.country = p_country for no key update;
  v_now := clock_timestamp();
  select least(p_burst, r.tokens + p_per_second * greatest(extract(epoch from v_now - r.at), 0)) into v_tokens
    from tenant_rate r where r.tenant = p_tenant and r.country = p_country;
  v_granted := least(p_want, floor(v_tokens));
  update tenant_rate r set tokens = v_tokens - v_granted, at = v_now where r.tenant = p_tenant and r.country = p_country;
  return v_granted;
end $$;

revoke execute on function lease_tenant_rate from public;
grant execute on function lease_tenant_rate to otp_worker, otp_verify;
reset role;
