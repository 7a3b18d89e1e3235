-- Settings that are secret, and the keys that protect them.

create table cron_service.secrets (
    name text primary key,
    ciphertext text not null,
    updated_at timestamptz not null default now(),
    updated_by text not null
);
comment on table cron_service.secrets is 'Settings that are secret, each protected for a purpose that is its name.';

create table cron_service.data_protection_keys (
    id bigint generated always as identity primary key,
    name text not null,
    xml text not null,
    created_at timestamptz not null default now()
);
comment on table cron_service.data_protection_keys is 'The key ring of ASP.NET Core Data Protection, wrapped by a certificate where one is configured.';
