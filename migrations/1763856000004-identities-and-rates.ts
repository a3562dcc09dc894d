/** People who come by an outside identity provider, and the counters of how often something is done. */
import type { MigrationInterface, QueryRunner } from "typeorm";

export class IdentitiesAndRates1763856000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Who a subject of an identity provider is here: exactly one person, however many requests come first.
      create table identities (
        issuer text not null,
        subject text not null,
        user_id bigint not null,
        created_at timestamptz(3) not null default now(),
        constraint identities_pkey primary key (issuer, subject),
        constraint identities_user_id_fkey foreign key (user_id) references users (id)
      );
      -- "By which identities does this person come", for the export and the erasure of an account.
      create index identities_user_idx on identities (user_id);

      -- How often something was done of late; keys are hashed. After a crash everybody may begin anew: no log is
      -- written of it. Written over and over: room on each page keeps the writes away from the index.
      create unlogged table rates (
        key text not null,
        points integer not null,
        -- In milliseconds since 1970.
        expire bigint,
        constraint rates_pkey primary key (key)
      ) with (fillfactor = 50);
      -- "Which counters are over", every five minutes.
      create index rates_expire_idx on rates (expire);

      -- Whether the two of a direct conversation have to be asked for their ages before the next message: they were
      -- friends, and are no more.
      alter table conversations add column asks_policy boolean not null default false;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table conversations drop column asks_policy;
      drop table rates;
      drop table identities;
    `);
  }
}
