-- API keys: only their hash is kept.
set local role otp_owner;
set local search_path = otp, pg_catalog, pg_temp;

-- False: this key exists already (and is left as it is).
create function create_api_key(p_hash bytea, p_tenant text, p_scopes text[]) returns boolean
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with made as (
    insert into otp.api_key (hash, tenant, scopes) values (p_hash, p_tenant, coalesce(p_scopes, '{}')) on conflict do nothing returning 1)
  select exists (select 1 from made)
$$;

-- False: no such living key.
create function revoke_api_key(p_hash bytea) returns boolean
language sql volatile security definer set search_path = otp, pg_catalog, pg_temp as $$
  with gone as (
    update otp.api_key k set revoked_at = clock_timestamp() where k.hash = p_hash and k.revoked_at is null returning 1)
  select exists (select 1 from gone)
$$;

-- One row for a living key, else none.
create function find_api_key(p_hash bytea) returns table (tenant text, scopes text[])
language sql stable security definer set search_path = otp, pg_catalog, pg_temp as $$
  select k.tenant, k.scopes from otp.api_key k where k.hash = p_hash and k.revoked_at is null
$$;

revoke execute on function create_api_key, revoke_api_key, find_api_key from public;
grant execute on function find_api_key to otp_verify;
reset role;
