/** The viewers' logs by day: what is too old is dropped as a whole. And where a video was shared, to tell who loses it. */
import type { MigrationInterface, QueryRunner } from "typeorm";

const COLUMNS = `
        viewer_id bigint not null,
        position bigint not null,
        kind event_kind not null,
        ids bigint[] not null,
        created_at timestamptz(3) not null default now(),`;

export class LogByDay1763856000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const days: string[] = (
      await runner.query(`
        select format(
          'create table viewer_events_%s partition of viewer_events for values from (%L) to (%L);',
          to_char(d, 'YYYYMMDD'), d || '+00', d + interval '1 day' || '+00'
        ) as day
        from generate_series(-7, 3) nr, date_trunc('day', now() at time zone 'UTC' + nr * interval '1 day') d
        order by d`)
    ).map(({ day }: { day: string }) => `      ${day}\n`);
    await runner.query(`
      -- When the log last grew. It never goes back, so an event is never older than the one before it, and whoever knows
      -- when they last read looks for what came after in the days from then on alone.
      alter table viewer_logs add column moved_at timestamptz(3) not null default now();

      alter table viewer_events rename to former_events;
      alter table former_events rename constraint viewer_events_pkey to former_events_pkey;

      create table viewer_events (${COLUMNS}
        -- That a position is there once is held by the counter's lock: a key here must have the day in it.
        constraint viewer_events_pkey primary key (viewer_id, position, created_at)
      ) partition by range (created_at);
      -- Nothing is in it as long as days are made ahead in time; without it an append could fail.
      create table viewer_events_default partition of viewer_events default;

${days.join("")}
      insert into viewer_events (viewer_id, position, kind, ids, created_at)
      select e.viewer_id, e.position, e.kind, e.ids, max(e.created_at) over (partition by e.viewer_id order by e.position)
      from former_events e
      where e.created_at > now() - interval '7 days';

      drop table former_events;

      -- "Where a video was shared", to tell those who lose sight of it.
      create index shares_video_idx on shares (video_id, conversation_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index shares_video_idx;

      alter table viewer_events rename to events_by_day;
      alter table events_by_day rename constraint viewer_events_pkey to events_by_day_pkey;

      create table viewer_events (${COLUMNS}
        constraint viewer_events_pkey primary key (viewer_id, position)
      );
      -- "Events older than seven days", to be dropped: rows lie in order of time, so a block range index is enough.
      create index viewer_events_created_at_idx on viewer_events using brin (created_at);

      insert into viewer_events (viewer_id, position, kind, ids, created_at)
      select viewer_id, position, kind, ids, created_at
      from events_by_day;

      drop table events_by_day;
      alter table viewer_logs drop column moved_at;
    `);
  }
}
